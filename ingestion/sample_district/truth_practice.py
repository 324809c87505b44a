"""What the platform must find about the district's own routines: stocktakes and actions on time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints
from ingestion.sample_district.practice import EXPORTED_ON, OF_THE_DISTRICT, Actions, Stocktakes
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.truth import Expected
from ingestion.sample_district.truth_rates import rates_by_member
from ingestion.sample_district.truth_staff import school_years_of

DAYS_OF_GRACE = 7


def expected_practice(schools: Schools, stocktakes: Stocktakes, actions: Actions) -> list[Expected]:
    """Count what was due by the day of the export, and what of it was done in time."""
    latest = stocktakes.planned_on + DAYS_OF_GRACE
    figures = _figures(
        "stocktakes_on_time_rate",
        schools,
        stocktakes.planned_on,
        stocktakes.schools,
        stocktakes.is_held | (latest < EXPORTED_ON),
        stocktakes.held_on <= latest,
    )
    is_closed = actions.closed_on <= EXPORTED_ON
    return figures + _figures(
        "actions_on_time_rate",
        schools,
        actions.due_on,
        stocktakes.schools[actions.stocktake],
        is_closed | (actions.due_on < EXPORTED_ON),
        is_closed & (actions.closed_on <= actions.due_on),
    )


def _figures(
    metric: str, schools: Schools, on: Ints, places: Ints, is_judged: Flags, is_in_time: Flags
) -> list[Expected]:
    figures: list[Expected] = []
    years: Sequence[int] = np.unique(school_years_of(on)).tolist()
    for year in years:
        judged = is_judged & (school_years_of(on) == year)
        upper, lower = (judged & is_in_time).astype(np.float64), judged.astype(np.float64)
        figures += rates_by_member(metric, year, "district", None, np.zeros_like(places), (None,), upper, lower)
        at_school = places != OF_THE_DISTRICT
        figures += rates_by_member(
            metric, year, "school", "school", places[at_school], schools.numbers, upper[at_school], lower[at_school]
        )
    return figures
