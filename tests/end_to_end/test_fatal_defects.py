"""A fatal defect stops what depends on it and no more, readers are told, and a corrected source heals."""

from typing import Any

from ingestion.sample_district.dirt import heal_defect, plant_defect
from quality.registry import metric_feeds
from tests.end_to_end.stocktake import Stocktake

ATTENDANCE = set(metric_feeds()["sis_files__attendance"])
BY_GRADE = "/v1/query?metrics=chronic_absence_rate,enrollment&group_by=grade_level"


def test_three_bad_nights_and_a_good_one(own_district: Stocktake) -> None:
    """Each night starts on what the one before left behind."""
    district = own_district
    before = district.get(BY_GRADE)
    bad_codes_hold_the_attendance_metrics_and_no_others(district, before)
    an_empty_roster_breaks_its_contract_and_publishes_nothing(district)
    a_file_that_cannot_be_read_holds_what_depends_on_it_and_other_sources_go_on(district)
    a_corrected_source_heals(district, before)


def bad_codes_hold_the_attendance_metrics_and_no_others(district: Stocktake, before: dict[str, Any]) -> None:
    first = district.pointer()["snapshot_id"]
    assert plant_defect(district.delivered, "attendance_code_unmapped", 0.2) > 0
    output = district.run()

    second = district.pointer()["snapshot_id"]
    assert second != first
    assert held(district) == ATTENDANCE
    assert "held" in output
    answer = district.get(BY_GRADE)
    served = answer["meta"]["metrics"]
    assert served["chronic_absence_rate"]["snapshot_id"] == first
    assert served["enrollment"]["snapshot_id"] == second
    reason = served["chronic_absence_rate"]["held"]["reasons"][0]
    assert reason["rule_id"] == "AT-11"
    assert reason["rows_failed"] > 0
    assert reason["fix"]
    assert any("held" in notice.lower() for notice in answer["meta"]["notices"])
    assert figures(answer, "chronic_absence_rate") == figures(before, "chronic_absence_rate")
    heal_defect(district.delivered, "attendance_code_unmapped")


def an_empty_roster_breaks_its_contract_and_publishes_nothing(district: Stocktake) -> None:
    pointer, answer = district.pointer(), district.get(BY_GRADE)
    plant_defect(district.delivered, "empty_file", 1.0)
    output = district.run(succeeds=False)

    assert district.pointer() == pointer
    assert "users" in output
    status = district.get("/v1/status")
    assert status["last_attempt"]["outcome"] == "held"
    assert status["notices"]
    assert district.get(BY_GRADE)["data"] == answer["data"]
    heal_defect(district.delivered, "empty_file")


def a_file_that_cannot_be_read_holds_what_depends_on_it_and_other_sources_go_on(district: Stocktake) -> None:
    before = district.pointer()
    attendance = "select count(*), max(_loaded_at) from raw.sis_files__attendance"
    landed = district.warehouse(attendance)
    plant_defect(district.delivered, "renamed_column", 1.0)
    output = district.run()

    for words in ("sis_files did not land", "attendance_date", "date_of_attendance", "district file"):
        assert words in output
    assert district.warehouse(attendance) == landed
    pointer = district.pointer()
    assert held(district) == ATTENDANCE
    assert pointer["snapshot_id"] != before["snapshot_id"]
    assert pointer["metrics"]["enrollment"]["snapshot_id"] == pointer["snapshot_id"]
    was, now = (one["metrics"]["attendance_rate"] | {"held": None} for one in (before, pointer))
    assert now == was
    reasons = district.get("/v1/status")["last_attempt"]["reasons"]
    assert {reason["rule_id"] for reason in reasons} == {"LD-09"}
    assert all("date_of_attendance" in reason["reason"] for reason in reasons)
    heal_defect(district.delivered, "renamed_column")


def a_corrected_source_heals(district: Stocktake, before: dict[str, Any]) -> None:
    assert "did not land" not in district.run()

    pointer = district.pointer()
    assert {served["snapshot_id"] for served in pointer["metrics"].values()} == {pointer["snapshot_id"]}
    assert held(district) == set()
    healed = district.get(BY_GRADE)
    assert healed["data"] == before["data"]
    assert healed["meta"]["notices"] == []
    assert district.get("/v1/status")["notices"] == []


def held(district: Stocktake) -> set[str]:
    return {metric for metric, served in district.pointer()["metrics"].items() if served["held"]}


def figures(answer: dict[str, Any], metric: str) -> list[dict[str, Any]]:
    return [row for row in answer["data"] if row["metric"] == metric]
