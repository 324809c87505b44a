"""Stocktakes and actions: what was due by the day of the export, and what was done in time."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import with_levels

DAYS_OF_GRACE = 7


def stocktakes(delivered: Delivered) -> pd.DataFrame:
    return _routines(delivered, "stocktake", planned="planned_on", done="held_on", grace=DAYS_OF_GRACE)


def actions(delivered: Delivered) -> pd.DataFrame:
    return _routines(delivered, "action", planned="due_on", done="closed_on", grace=0)


def _routines(delivered: Delivered, name: str, *, planned: str, done: str, grace: int) -> pd.DataFrame:
    """All of them in scope `district`, and those of a school in scope `school`."""
    records = delivered.rows(f"practice/{name}s.csv")
    assert not records[f"{name}_id"].duplicated().any(), "the quarantine keeps second records"
    latest, happened = dates(records[planned]) + pd.Timedelta(days=grace), dates(records[done])
    rows = pd.DataFrame(
        {
            "school": records["school_id"],
            "school_year": spring_year(dates(records[planned])),
            "is_due": (happened.notna() | (latest < dates(records["exported_on"]))).astype(int),
            "is_on_time": (happened <= latest).astype(int),
        }
    )
    rows = with_levels(rows, delivered)
    of_schools = rows[rows["school"].notna()].assign(scope="school")
    return pd.concat([rows.assign(scope="district", school="district"), of_schools], ignore_index=True)
