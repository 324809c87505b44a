"""A strategic plan lands the same from four CSV files and from one plan.yml."""

from pathlib import Path

import duckdb
import pytest

from ingestion.district import ConfiguredSource, District, DistrictIdentity
from ingestion.errors import SourceFormatError
from ingestion.landing import land
from ingestion.mapping import load_system

CSV = {
    "goals.csv": "goal_id,title,owner_role,begin_year,end_year\nG1,At school,Director,2025,2028\n",
    "measures.csv": "measure_id,goal_id,metric,dimension,member,baseline_year,baseline_value\n"
    "M1,G1,oss_rate,,,2025,4.0\nM2,G1,oss_rate,homeless,yes,2025,9.5\n",
    "targets.csv": "measure_id,school_year,target_value\nM1,2026,3.5\n",
    "schools.csv": "school_id,region,feeder\n0101,North,Cedar High School\n",
    "reviews.csv": "review_id,goal_id,meeting_date,title\nR1,,2025-09-09,Opening\n",
}
YAML = """\
goals:
  - {goal_id: G1, title: At school, owner_role: Director, begin_year: 2025, end_year: 2028}
measures:
  - {measure_id: M1, goal_id: G1, metric: oss_rate, baseline_year: 2025, baseline_value: 4.0}
  - measure_id: M2
    goal_id: G1
    metric: oss_rate
    dimension: homeless
    member: yes
    baseline_year: 2025
    baseline_value: 9.5
targets:
  - {measure_id: M1, school_year: 2026, target_value: 3.5}
schools:
  - {school_id: "0101", region: North, feeder: Cedar High School}
reviews:
  - {review_id: R1, meeting_date: 2025-09-09, title: Opening}
"""


def landed(folder: Path, files: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """Content columns of each raw table of the plan after these files have landed."""
    root = folder / "plan"
    root.mkdir(parents=True)
    for name, text in files.items():
        (root / name).write_text(text)
    district = District(
        district=DistrictIdentity(id="d", name="D"), sources={"plan_files": ConfiguredSource(root=root)}
    )
    land("plan_files", district, folder / "district.duckdb", folder / "dlt")
    with duckdb.connect(str(folder / "district.duckdb"), read_only=True) as connection:
        return {
            name: connection.execute(f"select {', '.join(entity.columns)} from raw.plan_files__{name}").fetchall()
            for name, entity in load_system("plan_files").entities.items()
        }


def test_one_yaml_file_lands_as_the_csv_files_do(tmp_path: Path) -> None:
    from_yaml = landed(tmp_path / "yaml", {"plan.yml": YAML})
    assert from_yaml == landed(tmp_path / "csv", CSV)
    assert {name: len(rows) for name, rows in from_yaml.items()} == {
        "goals": 1,
        "measures": 2,
        "targets": 1,
        "schools": 1,
        "reviews": 1,
    }


def test_rows_of_a_yaml_file_point_at_their_lines_and_the_balance_holds(tmp_path: Path) -> None:
    landed(tmp_path, {"plan.yml": YAML})
    with duckdb.connect(str(tmp_path / "district.duckdb"), read_only=True) as connection:
        pointers = connection.execute("select _row_id from raw.plan_files__measures order by 1").fetchall()
        deliveries = connection.execute(
            "select entity, source_file, file_rows, landed_rows from raw._deliveries order by 1"
        ).fetchall()
    assert pointers == [("plan.yml#4",), ("plan.yml#5",)]
    assert deliveries == [
        ("goals", "plan.yml", 1, 1),
        ("measures", "plan.yml", 2, 2),
        ("reviews", "plan.yml", 1, 1),
        ("schools", "plan.yml", 1, 1),
        ("targets", "plan.yml", 1, 1),
    ]


def test_a_plan_of_goals_alone_lands(tmp_path: Path) -> None:
    rows = landed(tmp_path, {"goals.csv": CSV["goals.csv"]})
    assert {name for name, found in rows.items() if found} == {"goals"}


def test_a_misspelt_key_is_noticed(tmp_path: Path) -> None:
    landed(tmp_path, {"plan.yml": YAML.replace("owner_role", "owner")})
    with duckdb.connect(str(tmp_path / "district.duckdb"), read_only=True) as connection:
        drift = connection.execute("select entity, column_name, kind from raw._schema_drift").fetchall()
    assert drift == [("goals", "owner", "new_column")]


def test_a_plan_that_is_not_yaml_lands_nothing_and_says_where(tmp_path: Path) -> None:
    with pytest.raises(Exception) as raised:
        landed(tmp_path, {"plan.yml": YAML.replace("goal_id: G1", "goal_id: [G1]", 1)})
    error: BaseException | None = raised.value
    while error is not None and not isinstance(error, SourceFormatError):
        error = error.__cause__ or error.__context__
    assert "plan.yml, line 2" in str(error)
    with duckdb.connect(str(tmp_path / "district.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.plan_files__goals").fetchone() == (0,)
