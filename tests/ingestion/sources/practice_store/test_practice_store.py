"""The practice store's export lands; a district without actions sends stocktakes alone."""

from pathlib import Path

import duckdb
import pytest

from ingestion.district import read_district
from ingestion.landing import land

STOCKTAKES = """\
stocktake_id,goal_id,school_id,planned_on,held_on,exported_on
S1,G1,,2025-09-09,2025-09-10,2026-06-19
S2,,101,2026-07-14,,2026-06-19
"""
ACTIONS = """\
action_id,stocktake_id,school_id,due_on,closed_on,exported_on
A1,S1,,2025-12-01,,2026-06-19
"""


def landed(folder: Path, files: dict[str, str]) -> duckdb.DuckDBPyConnection:
    (folder / "practice").mkdir()
    for name, text in files.items():
        (folder / "practice" / name).write_text(text)
    (folder / "district.yml").write_text(
        "district: {id: d, name: D}\nsources:\n  practice_store:\n    root: practice\n"
    )
    land("practice_store", read_district(folder / "district.yml"), folder / "w.duckdb", folder / "dlt")
    return duckdb.connect(str(folder / "w.duckdb"), read_only=True)


def test_stocktakes_and_actions_land_as_delivered(tmp_path: Path) -> None:
    with landed(tmp_path, {"stocktakes.csv": STOCKTAKES, "actions.csv": ACTIONS}) as connection:
        assert connection.execute(
            "select stocktake_id, goal_id, school_id, planned_on, held_on "
            "from raw.practice_store__stocktakes order by 1"
        ).fetchall() == [("S1", "G1", None, "2025-09-09", "2025-09-10"), ("S2", None, "101", "2026-07-14", None)]
        assert connection.execute(
            "select action_id, stocktake_id, due_on, closed_on from raw.practice_store__actions"
        ).fetchall() == [("A1", "S1", "2025-12-01", None)]


def test_actions_may_be_missing(tmp_path: Path) -> None:
    with landed(tmp_path, {"stocktakes.csv": STOCKTAKES}) as connection:
        assert connection.execute("select count(*) from raw.practice_store__actions").fetchone() == (0,)


def test_an_export_without_its_day_is_refused_by_the_name_of_the_column(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="exported_on"):
        landed(tmp_path, {"stocktakes.csv": STOCKTAKES.replace("exported_on", "day")})
