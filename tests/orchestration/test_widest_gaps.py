"""A group is compared with everybody else, recounted from counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.widest_gaps import MINIMUM_STUDENTS, Gap, gap_to_others, widest

LOWER_IS_BETTER = {"title": "Chronic absence", "direction": "lower_better", "unit": "percent"}
HIGHER_IS_BETTER = {**LOWER_IS_BETTER, "direction": "higher_better"}


def row(numerator: int | None, denominator: int | None, **group: str) -> dict[str, Any]:
    return {
        "school_year": 2026, "metric": "m", "numerator": numerator, "denominator": denominator,
        "n_students": denominator, **group,
    }  # fmt: skip


def test_the_group_is_not_in_its_own_comparison() -> None:
    gap = gap_to_others(row(30, 100, disability="yes"), row(80, 500), LOWER_IS_BETTER)
    assert gap is not None
    assert (gap.group_value, gap.others_value) == (30.0, 12.5)
    assert gap.points == 17.5
    assert (gap.dimension, gap.member) == ("disability", "yes")


def test_positive_means_worse_off_whatever_the_direction() -> None:
    better = gap_to_others(row(30, 100, g="a"), row(80, 500), HIGHER_IS_BETTER)
    assert better is not None
    assert better.points == -17.5


@pytest.mark.parametrize(
    ("group", "total", "metric"),
    [
        (row(None, None, g="a") | {"n_students": 5}, row(80, 500), LOWER_IS_BETTER),
        (row(3, MINIMUM_STUDENTS - 1, g="a"), row(80, 500), LOWER_IS_BETTER),
        (row(79, 480, g="a"), row(80, 500), LOWER_IS_BETTER),
        (row(30, 100, g="a"), row(80, 500), {**LOWER_IS_BETTER, "direction": "context"}),
        (row(30, 100, g="a"), row(80, 500), {**LOWER_IS_BETTER, "unit": "points"}),
    ],
)
def test_what_may_not_be_compared_is_not(group: dict[str, Any], total: dict[str, Any], metric: dict[str, Any]) -> None:
    assert gap_to_others(group, total, metric) is None


@given(st.integers(30, 400), st.integers(30, 400), st.data())
def test_two_groups_that_make_up_the_district_have_opposite_gaps(n_a: int, n_b: int, data: st.DataObject) -> None:
    x_a, x_b = data.draw(st.integers(0, n_a)), data.draw(st.integers(0, n_b))
    total = row(x_a + x_b, n_a + n_b)
    a = gap_to_others(row(x_a, n_a, g="a"), total, LOWER_IS_BETTER)
    b = gap_to_others(row(x_b, n_b, g="b"), total, LOWER_IS_BETTER)
    assert a is not None
    assert b is not None
    assert a.points == -b.points


def test_the_table_leads_with_the_widest_and_leaves_unknown_out() -> None:
    def gap(metric: str, member: str, points: float) -> Gap:
        return Gap(metric, metric, "race_ethnicity", member, 0, 0, points, 50)

    found = widest(
        [gap("a", "x", 5), gap("a", "y", 9), gap("a", "unknown", 30), gap("b", "x", 7), gap("b", "y", -3)], 5
    )
    assert [(g.metric, g.member) for g in found] == [("a", "y"), ("b", "x")]
