"""Rules name metrics by what they have in common."""

import pytest
from pydantic import ValidationError

from quality.registry import METRIC_IDS, Rule, metric_feeds, named_metrics

MART = "mart_student_year_by_scope"


def test_a_family_stands_for_its_metrics() -> None:
    attendance = named_metrics(["family:attendance"], MART)
    assert {"attendance_rate", "chronic_absence_rate", "truancy_rate"} <= set(attendance) < set(METRIC_IDS)
    assert "oss_rate" not in attendance


def test_a_table_stands_for_the_metrics_that_depend_on_it() -> None:
    assert named_metrics(["table:sis_files__discipline"], MART) == metric_feeds()["sis_files__discipline"]
    assert named_metrics(["table:edfi__sessions"], MART) == ()


def test_a_column_stands_for_the_metrics_that_are_counted_from_it() -> None:
    assert named_metrics(["column:has_oss"], MART) == ("oss_rate",)
    assert set(named_metrics(["column:membership_days"], MART)) >= {"attendance_rate"}


def test_a_column_is_one_of_the_rules_own_mart() -> None:
    assert named_metrics(["column:is_enrolled"], MART) == ("enrollment",)
    assert named_metrics(["column:is_enrolled"], "mart_training_record_by_scope") == ("training_completion_rate",)


def test_each_metric_is_named_once_and_all_of_them_by_a_star() -> None:
    assert named_metrics(["oss_rate", "column:has_oss", "iss_rate"], MART) == ("oss_rate", "iss_rate")
    assert named_metrics(["oss_rate", "table:oneroster__users"], MART) == ("*",)


@pytest.mark.parametrize("name", ["family:sports", "table:no_such__table", "column:shoe_size", "dimension:gender"])
def test_a_name_that_leads_to_no_metric_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=rf"no metric is named by '{name}'"):
        named_metrics([name], MART)


def test_a_rule_with_a_misspelt_metric_is_not_loaded() -> None:
    rule = {
        "id": "XX-01", "title": "t", "domain": "d", "severity": "warn", "stage": "marts", "table": MART,
        "failing_rows": "select 1", "owner_role": "registrar", "reason": "r", "fix": "f", "basis": "b",
    }  # fmt: skip
    assert Rule.model_validate({**rule, "metrics": ["family:climate"]}).metrics == (
        "climate_favorability",
        "survey_response_rate",
    )
    for wrong in ("family:clime", "climate"):
        with pytest.raises(ValidationError, match=wrong):
            Rule.model_validate({**rule, "metrics": [wrong]})
