"""Every figure of the API against an independent recount of the same rows in pandas."""

from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.responses import QueryAnswer
from api.semantic.manifest import Catalogue
from api.semantic.request import MAX_METRICS
from tests.api.serving_folder import SCHOOLS, SECOND
from tests.api.test_cohort_query import COHORT_METRICS
from tests.api.test_staff_query import STAFF_METRICS
from tests.end_to_end.hand_written import COMPONENTS


class Recipe(NamedTuple):
    """Which columns a metric counts, written down here once more so as not to ask the manifest."""

    n_students: str
    unknown: str
    numerator: str | None = None
    denominator: str | None = None
    factor: int = 100
    decimals: int = 1
    minimum_n: int = 10


RECIPES = {
    "attendance_rate": Recipe("is_attendance_known", "is_attendance_unknown", "attended_days", "membership_days"),
    "chronic_absence_rate": Recipe(
        "is_chronic_eligible_federal",
        "is_attendance_unknown",
        "is_chronically_absent_federal",
        "is_chronic_eligible_federal",
    ),
    "chronic_absence_rate_ca_dashboard": Recipe(
        "is_chronic_eligible_ca_dashboard",
        "is_attendance_unknown",
        "is_chronically_absent_ca_dashboard",
        "is_chronic_eligible_ca_dashboard",
    ),
    "oss_rate": Recipe("is_oss_eligible", "is_discipline_unknown", "has_oss", "is_oss_eligible"),
    "enrollment": Recipe("is_enrolled", "is_enrollment_unknown"),
    "enrollment_census": Recipe("is_enrolled_on_census", "is_enrollment_unknown"),
    "stability_rate": Recipe("is_stability_eligible", "is_stability_unknown", "is_stable", "is_stability_eligible"),
    **{
        f"{name}_{subject}": Recipe(
            f"{subject}_{below}", f"{subject}_unknown", f"{subject}_{above}", f"{subject}_{below}", factor
        )
        for subject in ("ela", "math")
        for name, above, below, factor in (
            ("proficiency_rate", "proficient", "scored", 100),
            ("participation_rate", "participated", "expected", 100),
            ("distance_from_standard", "distance_points", "distance_scored", 1),
            ("scale_score_mean", "scale_points", "scale_scored", 1),
        )
    },
    **{
        f"score_gain_mean_{subject}": Recipe(
            f"{subject}_gain_scored",
            f"{subject}_gain_unknown",
            f"{subject}_gain_points",
            f"{subject}_gain_scored",
            1,
        )
        for subject in ("ela", "math")
    },
    # growth, which is not shown of fewer than 20 students
    **{
        f"{name}_{subject}": Recipe(
            f"{subject}_{below}",
            f"{subject}_{unknown}",
            f"{subject}_{above}",
            f"{subject}_{below}",
            factor,
            minimum_n=20,
        )
        for subject in ("ela", "math")
        for name, above, below, unknown, factor in (
            ("sgp_mean", "sgp_points", "sgp_known", "sgp_unknown", 1),
            ("low_growth_rate", "low_growth", "sgp_known", "sgp_unknown", 100),
            ("high_growth_rate", "high_growth", "sgp_known", "sgp_unknown", 100),
            ("catch_up_rate", "catch_up_reached", "catch_up_eligible", "catch_up_unknown", 100),
            ("keep_up_rate", "keep_up_reached", "keep_up_eligible", "keep_up_unknown", 100),
        )
    },
    "gpa_mean": Recipe("is_gpa_known", "is_gpa_unknown", "gpa", "is_gpa_known", 1, 2),
    **{
        metric: Recipe(below, unknown, above, below)
        for metric, above, below, unknown in (
            ("course_failure_rate", "has_course_failure", "is_course_marked", "is_marks_unknown"),
            (
                "grade9_core_failure_rate",
                "has_grade9_core_failure",
                "is_grade9_core_marked",
                "is_grade9_core_unknown",
            ),
            ("gpa_b_rate", "is_grade9_gpa_b", "is_grade9_gpa_known", "is_grade9_gpa_unknown"),
            (
                "grade9_on_track_rate",
                "is_grade9_on_track",
                "is_grade9_on_track_eligible",
                "is_grade9_on_track_unknown",
            ),
            (
                "credits_on_pace_rate",
                "is_credits_on_pace",
                "is_credits_on_pace_eligible",
                "is_credits_on_pace_unknown",
            ),
            (
                "algebra1_by_grade8_rate",
                "has_algebra1_by_grade8",
                "is_algebra1_grade8_eligible",
                "is_algebra1_grade8_unknown",
            ),
            (
                "algebra1_by_grade9_rate",
                "has_algebra1_by_grade9",
                "is_algebra1_grade9_eligible",
                "is_algebra1_grade9_unknown",
            ),
            (
                "grade3_reading_rate",
                "grade3_reading_proficient",
                "grade3_reading_scored",
                "is_grade3_reading_unknown",
            ),
        )
    },
    # college and career, special populations
    **{
        metric: Recipe(below, unknown, above, below)
        for metric, above, below, unknown in (
            ("ap_participation_rate", "has_ap_course", "is_ap_participation_eligible", "is_ap_participation_unknown"),
            ("ap_success_rate", "has_ap_success", "is_ap_tested", "is_ap_success_unknown"),
            ("dual_enrollment_rate", "is_dual_enrolled", "is_dual_enrollment_eligible", "is_dual_enrollment_unknown"),
            (
                "dual_enrollment_success_rate",
                "has_dual_enrollment_success",
                "is_dual_enrolled",
                "is_dual_enrollment_unknown",
            ),
            ("dropout_rate", "is_dropout", "is_dropout_eligible", "is_dropout_unknown"),
            (
                "postsec_first_fall_rate",
                "is_in_college_first_fall",
                "is_first_fall_known",
                "is_first_fall_unknown",
            ),
            (
                "postsec_persistence_rate",
                "is_in_college_second_fall",
                "is_second_fall_known",
                "is_second_fall_unknown",
            ),
            ("el_progress_rate", "is_el_progressing", "is_el_progress_tested", "is_el_progress_unknown"),
            ("el_reclassification_rate", "is_reclassified", "is_el_on_census", "is_el_on_census_unknown"),
            ("ltel_rate", "is_ltel", "is_el_on_census", "is_el_on_census_unknown"),
            (
                "sped_identification_rate",
                "has_iep_on_census",
                "is_iep_on_census_known",
                "is_iep_on_census_unknown",
            ),
            (
                "section_504_rate",
                "has_section_504_on_census",
                "is_section_504_on_census_known",
                "is_section_504_on_census_unknown",
            ),
        )
    },
    # attendance
    "severe_chronic_absence_rate": Recipe(
        "is_chronic_eligible_severe",
        "is_attendance_unknown",
        "is_chronically_absent_severe",
        "is_chronic_eligible_severe",
    ),
    "absent_20_plus_rate": Recipe(
        "is_attendance_known", "is_attendance_unknown", "is_absent_20_plus", "is_attendance_known"
    ),
    "satisfactory_attendance_rate": Recipe(
        "is_attendance_known", "is_attendance_unknown", "is_attendance_satisfactory", "is_attendance_known"
    ),
    "adm": Recipe("is_attendance_known", "is_attendance_unknown", "average_membership"),
    "ada": Recipe("is_attendance_known", "is_attendance_unknown", "average_attendance"),
    "truancy_rate": Recipe("is_truancy_known", "is_truancy_unknown", "is_truant", "is_truancy_known"),
    "tardy_rate": Recipe("is_tardiness_known", "is_tardiness_unknown", "tardy_count", "tardy_membership_days"),
    # discipline
    "iss_rate": Recipe("is_oss_eligible", "is_discipline_unknown", "has_iss", "is_oss_eligible"),
    "expulsion_rate": Recipe("is_oss_eligible", "is_discipline_unknown", "has_expulsion", "is_oss_eligible"),
    "suspension_incidents_per_100": Recipe(
        "is_oss_eligible", "is_discipline_unknown", "suspension_incidents", "is_oss_eligible"
    ),
    "days_missed_per_100": Recipe("is_oss_days_known", "is_oss_days_unknown", "oss_days", "is_oss_days_known"),
    "suspension_rate_ca_dashboard": Recipe(
        "is_suspension_ca_dashboard_eligible",
        "is_suspension_ca_dashboard_unknown",
        "has_suspension_ca_dashboard",
        "is_suspension_ca_dashboard_eligible",
    ),
    # enrolment
    "mobility_rate": Recipe("is_mobility_eligible", "is_mobility_unknown", "is_mobile", "is_mobility_eligible"),
    "mobility_incidence": Recipe(
        "is_mobility_eligible", "is_mobility_unknown", "mobility_moves", "is_mobility_eligible"
    ),
}


LENSES = (
    "school",
    "school_level",
    "grade_level",
    "race_ethnicity",
    "gender",
    "english_learner",
    "disability",
    "economic_disadvantage",
    "homeless",
    "attendance_band",
    # statuses in detail
    "el_status",
    "disability_status",
    "disability_category",
    "economic_basis",
    "foster_care",
    "migrant",
    "military_family",
    "gifted",
    # history
    "mobility_status",
    "prior_performance_ela",
    "prior_performance_math",
    "prior_attendance_band",
    "discipline_history",
    # schools
    "region",
    "feeder",
)


def recount(students: pd.DataFrame, metric: str, group_by: tuple[str, ...], years: list[int]) -> dict[Any, Any]:
    """`{(year, *members): expected fields of the row}`."""
    recipe = RECIPES[metric]
    scope = "school" if {"school", "school_level"} & set(group_by) else "district"
    rows = students[(students["scope"] == scope) & students["school_year"].isin(years)]
    expected = {}
    for group, part in rows.groupby(["school_year", *group_by]):
        n = int(part[recipe.n_students].sum())
        unknown = int(part[recipe.unknown].sum())
        if 0 < (n or unknown) < recipe.minimum_n:
            expected[group] = dict.fromkeys(("value", "numerator", "denominator", "n_students", "n_unknown"))
            continue
        numerator = denominator = value = None
        if recipe.numerator is not None and recipe.denominator is None:
            if n or not unknown:
                total = Decimal(str(pd.to_numeric(part[recipe.numerator]).sum()))
                numerator, value = float(total), float(total.quantize(Decimal("0.1"), ROUND_HALF_UP))
        elif recipe.denominator is None:
            value = n if n or not unknown else None
        else:
            above, below = (
                Decimal(str(pd.to_numeric(part[each]).sum())) for each in (recipe.numerator, recipe.denominator)
            )
            denominator = float(below)
            if below:
                numerator = float(above)
                quotient = recipe.factor * above / below
                value = float(quotient.quantize(Decimal(1).scaleb(-recipe.decimals), ROUND_HALF_UP))
        expected[group] = {
            "value": value,
            "numerator": numerator,
            "denominator": denominator,
            "n_students": n,
            "n_unknown": unknown,
        }
    return expected


def rows_by_group(answer: Any, metric: str, group_by: tuple[str, ...]) -> dict[Any, Any]:
    fields = ("value", "numerator", "denominator", "n_students", "n_unknown")
    return {
        (row["school_year"], *(row[lens] for lens in group_by)): {field: row[field] for field in fields}
        for row in answer["data"]
        if row["metric"] == metric
    }


def ask(client: TestClient, **parameters: Any) -> Any:
    response = client.get("/v1/query", params=parameters)
    assert response.status_code == 200, response.text
    answer = response.json()
    QueryAnswer.model_validate(answer, strict=False)
    return answer


@pytest.fixture(scope="module")
def lenses_of(client: TestClient) -> dict[str, set[str]]:
    """The lenses by which each metric may be split."""
    return {metric: set(client.get(f"/v1/metrics/{metric}").json()["dimensions"]) for metric in RECIPES}


def test_metrics_without_a_recipe_are_made_of_counts_that_other_tests_hold(manifest_json: str) -> None:
    """Only what counts something new needs a recipe; the end-to-end tests work out the quotients of all."""
    catalogue = Catalogue.parse(manifest_json)
    recipes = {"climate_favorability", *STAFF_METRICS, *COHORT_METRICS, *RECIPES}
    assert recipes <= catalogue.metrics.keys()
    held = {component for components in COMPONENTS.values() for component in components}
    unheld = {id_: metric.components - held for id_, metric in catalogue.metrics.items() if id_ not in recipes}
    assert {metric: sorted(components) for metric, components in unheld.items() if components} == {}, (
        "add a recipe here, or write the components as SQL in tests/end_to_end/hand_written.py"
    )


@pytest.mark.parametrize(
    "group_by", [(), *((lens,) for lens in LENSES)], ids=lambda lenses: "-".join(lenses) or "total"
)
def test_every_metric_by_every_lens_equals_a_recount(
    client: TestClient, students: pd.DataFrame, lenses_of: dict[str, set[str]], group_by: tuple[str, ...]
) -> None:
    metric_ids = [metric for metric in RECIPES if set(group_by) <= lenses_of[metric]]
    for start in range(0, len(metric_ids), MAX_METRICS):
        metrics = metric_ids[start : start + MAX_METRICS]
        answer = ask(client, metrics=",".join(metrics), group_by=",".join(group_by), school_year="2025,2026")
        for metric in metrics:
            expected = recount(students, metric, group_by, [2025, 2026])
            assert rows_by_group(answer, metric, group_by) == expected, metric


@pytest.mark.parametrize("group_by", list(combinations(("grade_level", "school", "gender"), 2)))
def test_two_lenses_at_once(client: TestClient, students: pd.DataFrame, group_by: tuple[str, ...]) -> None:
    answer = ask(client, metrics="chronic_absence_rate", group_by=list(group_by))
    assert rows_by_group(answer, "chronic_absence_rate", group_by) == recount(
        students, "chronic_absence_rate", group_by, [2026]
    )


def test_filters_choose_students(client: TestClient, students: pd.DataFrame) -> None:
    chosen = students[students["gender"].isin(["female", "unknown"]) & (students["disability"] == "yes")]
    answer = ask(
        client,
        metrics="attendance_rate",
        group_by="race_ethnicity",
        filter=["gender:unknown,female", "disability:yes"],
    )
    assert rows_by_group(answer, "attendance_rate", ("race_ethnicity",)) == recount(
        chosen, "attendance_rate", ("race_ethnicity",), [2026]
    )
    assert answer["meta"]["filters"] == [
        {"dimension": "disability", "members": ["yes"]},
        {"dimension": "gender", "members": ["female", "unknown"]},
    ]


def test_filtering_by_school_counts_in_the_school(client: TestClient, students: pd.DataFrame) -> None:
    rows = students[(students["scope"] == "school") & (students["school"] == "9") & (students["school_year"] == 2026)]
    answer = ask(client, metrics="enrollment", filter="school:9")
    assert answer["meta"]["scope"] == "school"
    assert [row["value"] for row in answer["data"]] == [int(rows["is_enrolled"].sum())]
    assert any("several schools" in notice for notice in answer["meta"]["notices"])


def test_a_school_number_full_of_quotes_and_braces_is_only_a_value(client: TestClient) -> None:
    odd = next(number for number in SCHOOLS if "{{" in number)
    answer = ask(client, metrics="enrollment", group_by="school", filter=f"school:{odd}", school_year="all")
    assert {row["school"] for row in answer["data"]} == {odd}


def test_the_default_is_the_latest_year_of_the_whole_district(client: TestClient) -> None:
    answer = ask(client, metrics="enrollment")
    assert [(row["school_year"], row["metric"]) for row in answer["data"]] == [(2026, "enrollment")]
    assert answer["meta"]["scope"] == "district"
    assert answer["meta"]["school_years"] == [2026]


def test_a_total_that_counts_nobody_is_still_a_row(client: TestClient) -> None:
    answer = ask(client, metrics="attendance_rate,enrollment", filter=["gender:unknown", "homeless:unknown",
        "race_ethnicity:unknown", "grade_level:12", "disability:unknown"])  # fmt: skip
    assert [(row["metric"], row["value"], row["value_state"]) for row in answer["data"]] == [
        ("attendance_rate", None, "no_data"),
        ("enrollment", 0, "known"),
    ]


def test_a_year_without_the_feed_is_unknown(client: TestClient) -> None:
    answer = ask(client, metrics="oss_rate", school_year=["2026", "2025"])
    without, with_feed = answer["data"]
    assert (without["school_year"], without["value"], without["value_state"]) == (2025, None, "no_data")
    assert (without["n_students"], without["n_unknown"]) == (0, 900)
    assert with_feed["value"] is not None


def test_rows_follow_the_catalogue_and_the_order_asked_for(client: TestClient) -> None:
    members = {
        dimension["id"]: [member["value"] for member in dimension["members"]]
        for dimension in client.get("/v1/dimensions").json()["data"]
    }
    answer = ask(client, metrics="oss_rate,enrollment", group_by="school,attendance_band", school_year="all")
    places = [
        (
            row["school_year"],
            members["school"].index(row["school"]),
            members["attendance_band"].index(row["attendance_band"]),
            ["oss_rate", "enrollment"].index(row["metric"]),
        )
        for row in answer["data"]
    ]
    assert places == sorted(places)
    assert members["school"] == ["9", "10", "11", next(number for number in SCHOOLS if "{{" in number)]


def test_unknown_is_a_member_like_any_other(client: TestClient) -> None:
    for lens in ("english_learner", "gender"):
        answer = ask(client, metrics="enrollment", group_by=lens)
        assert "unknown" in {row[lens] for row in answer["data"]}


def test_suppressed_cells_are_counted_and_empty(client: TestClient) -> None:
    answer = ask(client, metrics="enrollment", group_by="grade_level")
    suppressed = [row for row in answer["data"] if row["suppressed"]]
    assert suppressed, "the sample has grades with very few students"
    assert answer["meta"]["suppression"] == {"minimum_n": 10, "suppressed_cells": len(suppressed)}
    for row in suppressed:
        assert row["suppression_reason"] == "n_below_minimum"
        assert {row[name] for name in ("value", "numerator", "denominator", "n_students", "n_unknown")} == {None}
    assert all(row["n_students"] is None or row["n_students"] == 0 or row["n_students"] >= 10 for row in answer["data"])


def test_the_minimum_can_be_raised_but_not_lowered(client_of: Any, published: Any) -> None:
    def smallest(minimum_n: int) -> tuple[int, int]:
        answer = ask(client_of(published, minimum_n=minimum_n), metrics="enrollment", group_by="grade_level")
        shown = [row["n_students"] for row in answer["data"] if row["n_students"]]
        return min(shown), answer["meta"]["suppression"]["minimum_n"]

    assert smallest(1)[0] >= 10 and smallest(1)[1] == 10
    assert smallest(40)[0] >= 40 and smallest(40)[1] == 40


def test_the_meta_block_says_what_the_figures_rest_on(client: TestClient) -> None:
    meta = ask(client, metrics="attendance_rate,oss_rate")["meta"]
    assert (meta["as_of"], meta["snapshot_id"]) == ("2026-06-05", SECOND)
    assert (meta["verification_state"], meta["held"], meta["notices"]) == ("validated", False, [])
    assert {table["source_table"] for table in meta["freshness"]} >= {
        "sis_files__attendance",
        "sis_files__discipline",
    }
    assert meta["metrics"]["oss_rate"]["open_issues"] == {"fatal": 0, "error": 1, "warn": 2}
    assert meta["metrics"]["oss_rate"]["unit"] == "percent"


def test_lists_may_be_repeated_or_separated_by_commas(client: TestClient) -> None:
    commas = client.get("/v1/query?metrics=enrollment,oss_rate&group_by=gender,homeless&school_year=2025,2026")
    repeated = client.get(
        "/v1/query?metrics=enrollment&metrics=oss_rate&group_by=gender&group_by=homeless"
        "&school_year=2026&school_year=2025&metrics=enrollment"
    )
    assert commas.json() == repeated.json()


def test_an_answer_that_would_be_too_long_is_refused(client_of: Any, published: Any) -> None:
    response = client_of(published, api_max_rows=20).get("/v1/query?metrics=enrollment&group_by=grade_level,gender")
    assert response.status_code == 422
    assert response.json()["type"] == "/docs#too-much-asked"
