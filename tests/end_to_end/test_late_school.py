"""A school that stops sending attendance is named as late, and the figures of the others stay as they are."""

from typing import Any

from quality.registry import METRIC_IDS
from tests.end_to_end.stocktake import Stocktake

BY_SCHOOL = "/v1/query?metrics=attendance_rate,chronic_absence_rate&group_by=school"
LATE, LAST_DAY = "0102", "2026-05-20"


def test_a_late_feed_of_one_school_is_that_schools(own_district: Stocktake) -> None:
    district = own_district
    before = figures(district)
    attendance = district.delivered / "sis" / "attendance_2026.csv"
    header, *lines = attendance.read_text().splitlines()
    school, day = header.split(",").index("school_id"), header.split(",").index("attendance_date")

    def is_sent(line: str) -> bool:
        values = line.split(",")
        return not (values[school] == LATE and "2026-05-20" < values[day] < "2027")

    sent = list(filter(is_sent, lines))
    assert len(lines) - len(sent) > 20
    attendance.write_text("\n".join([header, *sent]) + "\n")
    # The source itself has no more than it sends.
    totals = district.delivered / "control" / "table_totals.csv"
    counted = f",attendance_2026.csv,2026-06-19,{len(lines)},"
    assert counted in totals.read_text()
    totals.write_text(totals.read_text().replace(counted, f",attendance_2026.csv,2026-06-19,{len(sent)},"))

    district.run()

    fresh = district.warehouse(
        "select school_number, latest_event_on, school_days_since, is_late, days_late > 0 "
        "from marts.mart_feed_freshness where source_table = 'sis_files__attendance' and scope = 'school' order by 1"
    )
    assert {number for number, *_, is_late, _ in fresh if is_late} == {LATE}
    (late,) = [row for row in fresh if row[0] == LATE]
    assert str(late[1]) <= LAST_DAY
    assert late[2] > 3
    assert late[4]
    told = dict(
        district.warehouse(
            "select rule_id, reason from quarantine.rule_results "
            "where rule_id in ('AT-08', 'LD-11') and rows_failed > 0 "
            "qualify evaluated_at = max(evaluated_at) over ()"
        )
    )
    assert set(told) == {"AT-08", "LD-11"}
    assert all(f"school {LATE}" in reason for reason in told.values())

    pointer = district.pointer()
    assert {metric for metric, served in pointer["metrics"].items() if not served["held"]} == set(METRIC_IDS)
    after = figures(district)
    assert {school for school in before if before[school] != after[school]} == {LATE}


def figures(district: Stocktake) -> dict[str, list[dict[str, Any]]]:
    by_school: dict[str, list[dict[str, Any]]] = {}
    for row in district.get(BY_SCHOOL)["data"]:
        by_school.setdefault(row["school"], []).append(row)
    return by_school
