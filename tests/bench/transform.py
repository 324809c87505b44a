"""dbt on a large district: against the same SQL without dbt, and one more day of attendance against a rebuild."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
ATTENDANCE = [
    *("int_attendance_records_valued", "int_attendance_feeds_dated", "int_attendance_months_fingerprinted"),
    *("int_attendance_days_recorded", "int_attendance_days_shadowed", "fct_attendance_day"),
    *("int_attendance_months_counted", "int_tardiness_delivered"),
    *("fct_attendance_student_school_year", "fct_attendance_student_district_year"),
]
"""From the records to the year's counts: what a new day of attendance changes."""

MOST_OVERHEAD = 2.0
"""dbt's time over that of its SQL, at most."""
MOST_OF_A_REBUILD = 0.10
"""Time to count one more day of attendance over that to build everything anew, at most."""


@dataclass(frozen=True)
class Transform:
    """What was measured, in seconds.

    Attributes:
        attendance_days: rows of fct_attendance_day.
        dbt: everything built anew by dbt.
        raw_sql: the same statements without dbt.
        day: one more day of attendance, from the records to the year's counts.
        rebuild: all days, the same tables.
    """

    attendance_days: int
    dbt: float
    raw_sql: float
    day: float
    rebuild: float


def transform(folder: Path) -> Transform:
    """Measure on the warehouse of a district that has been run, in `folder`."""
    warehouse = folder / "warehouse" / "district.duckdb"
    target = folder / "bench_target"
    _dbt(warehouse, target, "parse")
    dbt_seconds = _dbt(warehouse, target, "build", "--exclude-resource-type", "unit_test", "--full-refresh")
    raw_seconds = _raw_sql(warehouse, target)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create table raw.bench_last_day as select * from raw.sis_files__attendance where attendance_date ="
            " (select max(attendance_date) from raw.sis_files__attendance"
            " where regexp_matches(attendance_date, '^2[0-9]{3}-[01][0-9]-[0-3][0-9]$'))"
        )
        connection.execute(
            "delete from raw.sis_files__attendance where _row_id in (select _row_id from raw.bench_last_day)"
        )
    _dbt(warehouse, target, "run", "--select", *ATTENDANCE)
    rebuild = _executed(warehouse, target, "--full-refresh")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into raw.sis_files__attendance from raw.bench_last_day")
    day = _executed(warehouse, target)
    with duckdb.connect(str(warehouse)) as connection:
        days = connection.execute("select count(*) from marts.fct_attendance_day").fetchall()[0][0]
    return Transform(days, dbt_seconds, raw_seconds, day, rebuild)


def _dbt(warehouse: Path, target: Path, command: str, *options: str) -> float:
    environment = {**os.environ, "STOCKTAKE_WAREHOUSE_FILE": str(warehouse), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target)]
    quietly = ["--log-path", str(target), "--log-level-file", "none", "--quiet"]
    started = time.perf_counter()
    subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), command, *options, *folders, *quietly], env=environment, check=True
    )
    return time.perf_counter() - started


def _executed(warehouse: Path, target: Path, *options: str) -> float:
    """Seconds in which dbt built the tables of attendance, its own start not counted."""
    _dbt(warehouse, target, "run", "--select", *ATTENDANCE, *options)
    return sum(float(result["execution_time"]) for result in _results(target))


def _raw_sql(warehouse: Path, target: Path) -> float:
    """Seconds for the compiled SQL of dbt's last build, statement by statement in its order, on one connection."""
    manifest = json.loads((target / "manifest.json").read_text())
    statements = []
    for result in _results(target):
        node = manifest["nodes"].get(result["unique_id"])
        if node is None:
            continue  # an exposure or a saved query, which no statement builds
        relation = f"bench_{node['schema']}.{node['name']}"
        compiled = result.get("compiled_code")
        if node["resource_type"] == "test":
            statements.append(f"select count(*) from ({compiled})")
        elif node["resource_type"] == "seed":
            statements.append(f"create table {relation} as from read_csv('{PROJECT / node['original_file_path']}')")
        else:
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            statements.append(f"create {kind} {relation} as {compiled}")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set threads = 2")
        schemas = ("staging", "intermediate", "marts", "reference")
        for schema in schemas:
            connection.execute(f"create schema bench_{schema}")
        started = time.perf_counter()
        for statement in statements:
            connection.execute(_in_own_schemas(statement, schemas)).fetchall()
        seconds = time.perf_counter() - started
        for schema in schemas:
            connection.execute(f"drop schema bench_{schema} cascade")
    return seconds


def _in_own_schemas(statement: str, schemas: tuple[str, ...]) -> str:
    """The statement on tables beside dbt's, which stay as they are."""
    for schema in schemas:
        statement = statement.replace(f'"{schema}".', f'"bench_{schema}".')
    return statement


def _results(target: Path) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = json.loads((target / "run_results.json").read_text())["results"]
    return results
