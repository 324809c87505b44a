"""Which cells are hidden for their own sake, what is coded, and what each audience sees of the rest."""

import numpy as np
import pytest

from quality.disclosure.intervals import intervals
from quality.disclosure.profiles import derived_state, outcomes_within, profiles, rate_range, rounded
from quality.disclosure.protection import SHOWN, SUPPRESSED, protect
from quality.disclosure.release import ALL, show
from quality.disclosure.rules import Policy, end_code, outcome_rule, students_rule
from quality.disclosure.tables import Catalogue, Family, linked_tables, outcomes_in
from tests.quality.disclosure.tables import cell, figures, summed

POLICY = Policy(insiders=False)


def test_groups_of_one_to_nine_are_small_and_empty_ones_where_that_is_sensitive() -> None:
    students = np.array([0, 1, 9, 10, 0])
    assert students_rule(students, POLICY).primary.tolist() == [False, True, True, False, False]
    sensitive = np.array([False, False, False, False, True])
    requirement = students_rule(students, POLICY, sensitive_zeros=sensitive)
    assert requirement.primary.tolist() == [False, True, True, False, True]


def test_few_with_or_without_a_sensitive_outcome_are_hidden() -> None:
    outcomes, students = np.array([0, 1, 2, 3, 37, 38, 40, 2]), np.array([40, 40, 40, 40, 40, 40, 40, 5])
    small = students < POLICY.n_min
    sensitive = outcome_rule(outcomes, students, small, POLICY, sensitive=True)
    assert sensitive.primary.tolist() == [False, True, True, False, False, True, False, True]
    assert sensitive.width.tolist() == [0, 3, 3, 0, 0, 3, 0, 3]
    plain = outcome_rule(outcomes, students, small, POLICY, sensitive=False)
    assert plain.primary.tolist() == [False] * 7 + [True]


def test_nobody_and_everybody_are_coded() -> None:
    assert end_code(np.array([0, 12, 5, 0]), np.array([12, 12, 12, 0])).tolist() == ["bottom", "top", "none", "none"]


def test_outcomes_are_protected_in_the_tables_of_their_students() -> None:
    students = {
        ("A", ALL): {"race": [30, 55, 60]},
        ("B", ALL): {"race": [40, 42, 61]},
        ("C", ALL): {"race": [35, 45, 50]},
    }
    absent = {("A", ALL): {"race": [2, 12, 10]}, ("B", ALL): {"race": [8, 9, 11]}, ("C", ALL): {"race": [7, 10, 9]}}
    release = linked_tables(figures(summed(students)), Catalogue((Family("race"),), complements_below=200))
    outcomes = outcomes_in(release, figures(summed(absent)).rename(columns={"n_students": "numerator"}))
    assert outcomes.values[cell(outcomes, "A", "not:m0")] == 22
    assert not outcomes.sums.any()
    requirement = outcome_rule(outcomes.values, release.values, release.values < 10, POLICY, sensitive=True)
    target = cell(outcomes, "A", "m0")
    assert np.flatnonzero(requirement.primary).tolist() == [target]
    (low,), (high,) = intervals(outcomes, show(outcomes, requirement.primary), np.array([target]))
    assert (low, high) == (2, 2)
    hidden = protect(outcomes, requirement, POLICY).hidden
    (low,), (high,) = intervals(outcomes, show(outcomes, hidden), np.array([target]))
    assert high - low >= POLICY.k
    assert high <= 30


@pytest.mark.parametrize(("value", "low", "high"), [(0, 0, 2), (2, 0, 2), (3, 3, 7), (12, 8, 12), (13, 13, 17)])
def test_rounded_counts_stand_for_all_that_round_alike(value: int, low: int, high: int) -> None:
    shown = rounded(np.array([value]), 5)
    assert (shown.lower[0], shown.upper[0]) == (low, high)


@pytest.mark.parametrize(
    ("outcomes", "students", "shown"),
    [(2, 10, (0, 20)), (3, 12, (21, 30)), (12, 12, (80, 100)), (5, 40, (11, 15)), (50, 100, (50, 50)),
     (150, 150, (98, 100)), (8, 10, (80, 100)), (79, 100, (79, 79)), (17, 22, (76, 80))],
)  # fmt: skip
def test_rates_are_shown_in_ranges_that_widen_as_groups_shrink(
    outcomes: int, students: int, shown: tuple[int, int]
) -> None:
    assert rate_range(outcomes, students, profiles()["public"]) == shown


def test_every_rate_lies_in_its_range_and_the_ranges_leave_its_count_possible() -> None:
    public = profiles()["public"]
    for students in (10, 15, 20, 21, 40, 41, 100, 101, 150, 201, 350):
        ranges = [rate_range(outcomes, students, public) for outcomes in range(students + 1)]
        low, high = (np.array(side, dtype=float) for side in zip(*ranges, strict=True))
        shown = outcomes_within(low, high, np.full(students + 1, students))
        counts = np.arange(students + 1)
        assert (shown.lower <= counts).all()
        assert (counts <= shown.upper).all()
        assert ranges == sorted(ranges)


def test_a_derived_value_is_hidden_with_any_of_its_inputs() -> None:
    assert derived_state([SHOWN, SUPPRESSED]) == SUPPRESSED
    assert derived_state([SHOWN, SHOWN]) == SHOWN
