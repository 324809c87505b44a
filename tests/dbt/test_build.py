"""The project builds: models, data tests and unit tests, on a small district and on ones that lack feeds."""

from collections.abc import Callable

from dbt.artifacts.schemas.results import NodeStatus

from tests.dbt.conftest import BuiltDistrict
from tests.dbt.raw_district import RawDistrict, random_district

MODELS = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]


def test_everything_passes_on_a_small_district(small_district: BuiltDistrict) -> None:
    outcomes = {node.node.unique_id: node.status for node in small_district.result.result}
    assert small_district.result.success
    assert sum(name.startswith("unit_test.") for name in outcomes) >= 35
    assert sum(name.startswith("test.") for name in outcomes) >= 80
    assert NodeStatus.Skipped not in outcomes.values()


def test_district_without_any_delivery_has_empty_marts(build: Callable[..., BuiltDistrict]) -> None:
    built = build(RawDistrict(), ["build", "--exclude-resource-type", "unit_test"])
    assert built.result.success
    assert built.table("marts.mart_student_year_by_scope").empty
    assert built.table("marts.mart_source_match").empty


def test_attendance_alone_gives_rates_and_leaves_the_rest_unknown(
    build: Callable[..., BuiltDistrict],
) -> None:
    raw = RawDistrict()
    for student, absent_days in (("s1", 2), ("s2", 0)):
        for day in range(1, 21):
            raw.add(
                "sis_files__attendance",
                student_id=student,
                school_id="north",
                attendance_date=f"2022-01-{day:02d}",
                attendance_code="A" if day <= absent_days else "P",
                record_basis="every_day",
            )
    raw.add("sis_files__student_attributes", student_id="s9", race_ethnicity="Asian", low_income="1")
    built = build(raw, MODELS)
    years = built.table("marts.mart_student_district_year").set_index("absent_days").sort_index()
    assert years["membership_days"].to_list() == [20, 20]
    assert years["is_chronically_absent_federal"].to_list() == [0, 1]
    assert set(years["is_enrollment_unknown"]) == {1}
    assert set(years["race_ethnicity"]) == {"unknown"}
    assert years[["is_oss_eligible", "ela_scored", "is_stable"]].isna().all(axis=None)
    match = built.table("marts.mart_source_match").set_index(["source_table", "match_to"])
    assert match.loc[("sis_files__student_attributes", "student"), "rows_unmatched"] == 1
    assert match.loc[("sis_files__attendance", "student"), "keys_unmatched"] == 2
    assert match.loc[("sis_files__attendance", "school"), "rows_unmatched"] == 40


def test_quarantined_rows_are_left_out_and_come_back(build: Callable[..., BuiltDistrict]) -> None:
    raw = random_district(seed=7, students=4)
    enrolled = len(raw.rows["oneroster__enrollments"])
    held = build(raw, MODELS, rejected=[("oneroster__enrollments", 0), ("oneroster__users", 3)])
    assert len(held.table("staging.stg_oneroster__enrollments")) == enrolled - 1
    assert len(held.table("staging.stg_oneroster__users")) == 3
    healed = build(raw, MODELS)
    assert len(healed.table("staging.stg_oneroster__enrollments")) == enrolled
    assert healed.table("marts.dim_student")["is_in_roster"].sum() == 4


def test_result_without_a_student_is_kept_and_changes_no_rate(build: Callable[..., BuiltDistrict]) -> None:
    raw = random_district(seed=11, students=25)
    before = build(raw, MODELS).table("marts.mart_student_year_by_scope")
    raw.add(
        "assessment_files__results",
        result_id="stray",
        instrument="STATE",
        school_year="2026",
        student_id="no-such-id",
        student_id_type="state",
        school_id="101",
        subject="ELA",
        tested_grade="03",
        scale_score="2500",
        status_code="VALID",
        test_date="2026-04-15",
    )
    built = build(raw, MODELS)
    after = built.table("marts.mart_student_year_by_scope")
    assert after["ela_scored"].sum() == before["ela_scored"].sum()
    assert len(after) == len(before)
    results = built.table("marts.fct_assessment_result")
    assert (~results["is_matched_to_roster"]).sum() == 1
    match = built.table("marts.mart_source_match").set_index(["source_table", "match_to"])
    assert match.loc[("assessment_files__results", "student"), "rows_unmatched"] == 1
