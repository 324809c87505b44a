"""A fatal defect stops what depends on it, readers are told, and a corrected source heals."""

from ingestion.sample_district.dirt import heal_defect, plant_defect
from tests.end_to_end.stocktake import Stocktake

ATTENDANCE = {"attendance_rate", "chronic_absence_rate", "chronic_absence_rate_ca_dashboard"}


def test_bad_attendance_codes_hold_the_attendance_metrics_and_no_others(own_district: Stocktake) -> None:
    district = own_district
    first = district.pointer()["snapshot_id"]
    before = district.get("/v1/query?metrics=chronic_absence_rate&group_by=grade_level")["data"]

    assert plant_defect(district.delivered, "attendance_code_unmapped", 0.2) > 0
    output = district.run()

    second = district.pointer()["snapshot_id"]
    assert second != first
    held = {metric for metric, served in district.pointer()["metrics"].items() if served["held"]}
    assert held == ATTENDANCE
    assert "held" in output
    answer = district.get("/v1/query?metrics=chronic_absence_rate,enrollment&group_by=grade_level")
    served = answer["meta"]["metrics"]
    assert served["chronic_absence_rate"]["snapshot_id"] == first
    assert served["enrollment"]["snapshot_id"] == second
    reason = served["chronic_absence_rate"]["held"]["reasons"][0]
    assert reason["rule_id"] == "AT-11"
    assert reason["rows_failed"] > 0
    assert reason["fix"]
    assert any("held" in notice.lower() for notice in answer["meta"]["notices"])
    assert [row for row in answer["data"] if row["metric"] == "chronic_absence_rate"] == before

    heal_defect(district.delivered, "attendance_code_unmapped")
    district.run()

    pointer = district.pointer()
    assert {served["snapshot_id"] for served in pointer["metrics"].values()} == {pointer["snapshot_id"]}
    assert not any(served["held"] for served in pointer["metrics"].values())
    healed = district.get("/v1/query?metrics=chronic_absence_rate&group_by=grade_level")
    assert healed["data"] == before
    assert healed["meta"]["notices"] == []


def test_an_empty_roster_breaks_its_contract_and_publishes_nothing(own_district: Stocktake) -> None:
    district = own_district
    before = district.pointer()
    figures = district.get("/v1/query?metrics=enrollment&group_by=grade_level")["data"]

    plant_defect(district.delivered, "empty_file", 1.0)
    output = district.run(succeeds=False)

    assert district.pointer() == before
    assert "users" in output
    status = district.get("/v1/status")
    assert status["last_attempt"]["outcome"] == "held"
    assert status["notices"]
    assert district.get("/v1/query?metrics=enrollment&group_by=grade_level")["data"] == figures

    heal_defect(district.delivered, "empty_file")
    district.run()
    assert district.pointer()["snapshot_id"] != before["snapshot_id"]
    assert district.get("/v1/status")["notices"] == []


def test_a_file_that_cannot_be_read_holds_what_depends_on_it_and_other_sources_go_on(own_district: Stocktake) -> None:
    district = own_district
    first = district.pointer()["snapshot_id"]
    landed = district.warehouse("select count(*), max(_loaded_at) from raw.sis_files__attendance")

    plant_defect(district.delivered, "renamed_column", 1.0)
    output = district.run()

    for word in ("sis_files did not land", "attendance_date", "date_of_attendance", "district file"):
        assert word in output
    assert district.warehouse("select count(*), max(_loaded_at) from raw.sis_files__attendance") == landed
    second = district.pointer()["snapshot_id"]
    assert second != first
    served = district.pointer()["metrics"]
    assert {metric for metric, one in served.items() if one["held"]} == ATTENDANCE
    assert served["attendance_rate"]["snapshot_id"] == first
    assert served["enrollment"]["snapshot_id"] == second
    reasons = district.get("/v1/status")["last_attempt"]["reasons"]
    assert {reason["rule_id"] for reason in reasons} == {"LD-09"}
    assert all("date_of_attendance" in reason["reason"] for reason in reasons)

    heal_defect(district.delivered, "renamed_column")
    assert "did not land" not in district.run()
    assert not any(one["held"] for one in district.pointer()["metrics"].values())
