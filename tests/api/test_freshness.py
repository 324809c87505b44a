"""`/v1/freshness`: sources by the report, feeds and schools by the marts of the newest snapshot."""

from collections.abc import Callable

import duckdb
import pandas as pd
from fastapi.testclient import TestClient

from tests.api import quality_reports
from tests.api.serving_folder import SECOND, ServingFolder
from tests.api.test_errors import problem_of
from tests.quality.made_up_warehouse import MadeUpWarehouse

ClientOf = Callable[..., TestClient]

FEED_MARTS = """
create table marts.mart_feed_freshness as
  select *, md5(school_number) as school_key, timestamp '2026-03-12 07:00:00' as as_of from (values
    ('sis_files__attendance', 'district', 'district', 'attendance_records', date '2026-03-11', date '2026-03-12',
      0::bigint, 'school_day', timestamp '2026-03-14 06:00:00', false, 0::bigint, 800::bigint, 20::bigint, 120::bigint,
      90::bigint),
    ('sis_files__attendance', 'school', '102', 'attendance_records', date '2026-03-06', null, 3, 'school_day',
      timestamp '2026-03-11 06:00:00', true, 1, 0, 0, null, null),
    ('hr_files__staff', 'district', 'district', null, null, date '2026-01-10', 40, null, null, null, 0, 0, 0, 7, null))
  as feeds(source_table, scope, school_number, concept, latest_event_on, latest_delivery_on, school_days_since,
    expected_every, expected_by, is_late, days_late, records_with_known_arrival, records_arrived_late, rows_delivered,
    rows_usual);
create table marts.mart_attendance_completeness as select *, md5(school_number) as school_key from (values
    ('101', date '2025-05-05', 2025, 10::bigint, 1::bigint), ('101', date '2026-03-04', 2026, 30, 29),
    ('101', date '2026-03-05', 2026, 30, 30), ('102', date '2026-03-05', 2026, 8, 0))
  as days(school_number, attendance_on, school_year, sections_scheduled, sections_taken);
"""


def with_feeds(folder: ServingFolder, students: pd.DataFrame) -> None:
    written = folder.write_snapshot(SECOND, students)
    with duckdb.connect(str(written / "district.duckdb")) as connection:
        connection.execute(FEED_MARTS)
    folder.forget_digest(SECOND, "district.duckdb")
    folder.point(SECOND)


def test_feeds_are_held_against_what_is_expected(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    with_feeds(folder, students)
    answer = client_of(folder).get("/v1/freshness").json()
    assert answer["notices"] == []
    staff, district, school = answer["feeds"]
    assert (staff["source_table"], staff["is_late"], staff["expected_by"]) == ("hr_files__staff", None, None)
    assert (district["scope"], district["school"], district["late_arriving_percent"]) == ("district", None, 2.5)
    assert (school["school"], school["is_late"], school["school_days_since"]) == ("102", True, 3)
    assert (school["expected_by"], school["late_arriving_percent"]) == ("2026-03-11T06:00:00", None)
    assert [
        (one["school"], one["school_year"], one["school_days"], one["latest_on"], one["taken_percent"])
        for one in answer["attendance_taken"]
    ] == [("101", 2026, 2, "2026-03-05", 98.3), ("102", 2026, 1, "2026-03-05", 0.0)]


def test_the_report_is_newer_than_the_snapshot(
    folder: ServingFolder, students: pd.DataFrame, judged_warehouse: MadeUpWarehouse, client_of: ClientOf
) -> None:
    with_feeds(folder, students)
    client = client_of(folder)
    before = client.get("/v1/freshness").json()
    assert (before["report_id"], before["snapshot_id"]) == (None, SECOND)
    assert {table["latest_delivery_on"] for table in before["data"]} == {"2026-11-23"}
    report_id = quality_reports.publish(judged_warehouse, folder.root)
    after = client.get("/v1/freshness").json()
    assert (after["report_id"], after["snapshot_id"]) == (report_id, SECOND)
    assert {table["source_table"]: (table["latest_event_on"], table["rows"]) for table in after["data"]} == {
        "assessment_files__results": ("2026-04-15", 2),
        "oneroster__users": (None, 4),
        "sis_files__attendance": ("2025-09-03", 4),
    }
    assert len(after["feeds"]) == 3


def test_a_snapshot_without_the_marts_still_answers(client: TestClient) -> None:
    answer = client.get("/v1/freshness")
    assert answer.status_code == 200
    assert (answer.json()["feeds"], answer.json()["attendance_taken"]) == ([], [])
    assert answer.json()["data"] and "stocktake run" in answer.json()["notices"][0]


def test_before_the_first_run_there_is_a_remedy(folder: ServingFolder, client_of: ClientOf) -> None:
    problem_of(client_of(folder).get("/v1/freshness"), 503, "no-snapshot")
