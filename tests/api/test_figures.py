"""Exact arithmetic and suppression, on paper."""

from decimal import Decimal
from fractions import Fraction

import pytest

from api.semantic.figures import Components, derive, json_number, round_half_up
from api.suppression import suppression


@pytest.mark.parametrize(
    ("exact", "decimals", "shown"),
    [
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(100 * 126, 178), 1, "70.8"),
        (Fraction(2675, 1000), 2, "2.68"),  # a double would give 2.67
        (Fraction(0), 1, "0.0"),
    ],
)
def test_halves_are_rounded_away_from_zero(exact: Fraction, decimals: int, shown: str) -> None:
    assert round_half_up(exact, decimals) == Decimal(shown)


def test_a_rate_in_percent_is_exact() -> None:
    figure = derive(Components(40, 1, 40, 3), kind="rate", unit="percent", decimals=1, minimum_n=10)
    assert (figure.value, figure.numerator, figure.denominator) == (2.5, 1, 40)
    assert (figure.n_students, figure.n_unknown, figure.value_state) == (40, 3, "known")


def test_a_rate_on_days_keeps_parts_of_days() -> None:
    counted = Components(12, Decimal("170.2500"), Decimal("180.0000"), 0)
    figure = derive(counted, kind="rate", unit="percent", decimals=1, minimum_n=10)
    assert (figure.value, figure.numerator, figure.denominator) == (94.6, 170.25, 180)


def test_a_mean_may_be_negative() -> None:
    figure = derive(Components(20, -45, 20), kind="mean", unit="points", decimals=1, minimum_n=10)
    assert figure.value == -2.3


def test_nothing_to_divide_by_is_unknown_and_not_zero() -> None:
    figure = derive(Components(0, 0, 0, 50), kind="rate", unit="percent", decimals=1, minimum_n=10)
    assert (figure.value, figure.value_state, figure.n_unknown) == (None, "no_data", 50)


def test_a_count_of_nobody_is_zero_unless_some_are_unknown() -> None:
    def enrolled(n: int, unknown: int) -> tuple[object, str]:
        figure = derive(Components(n, n_unknown=unknown), kind="count", unit="count", decimals=0, minimum_n=10)
        return figure.value, figure.value_state

    assert enrolled(0, 0) == (0, "known")
    assert enrolled(0, 30) == (None, "no_data")
    assert enrolled(30, 2) == (30, "known")
    assert enrolled(9, 0) == (None, "suppressed")


@pytest.mark.parametrize(
    ("n_students", "n_unknown", "hidden"),
    [
        (9, 0, True),
        (10, 0, False),
        (1, 500, True),
        (0, 0, False),
        (0, 9, True),
        (0, 10, False),
        (0, None, False),
    ],
)
def test_small_groups_are_hidden(n_students: int, n_unknown: int | None, hidden: bool) -> None:
    assert (suppression(n_students, n_unknown, 10) is not None) is hidden


def test_a_hidden_figure_has_no_numbers_at_all() -> None:
    figure = derive(Components(9, 3, 9, 40), kind="rate", unit="percent", decimals=1, minimum_n=10)
    assert {figure.value, figure.numerator, figure.denominator, figure.n_students, figure.n_unknown} == {None}


def test_json_numbers_are_integers_when_whole() -> None:
    assert (json_number(Decimal("5.0000")), json_number(Decimal("5.2500"))) == (5, 5.25)
    assert isinstance(json_number(Decimal("5.0000")), int)


def test_a_rate_per_hundred_may_pass_a_hundred() -> None:
    figure = derive(Components(20, 30, 20), kind="rate", unit="per_100_students", decimals=1, minimum_n=10)
    assert (figure.value, figure.numerator, figure.denominator) == (150, 30, 20)


def test_a_total_is_its_numerator() -> None:
    figure = derive(Components(12, Decimal("9.950000000003")), kind="total", unit="students", decimals=1, minimum_n=10)
    assert (figure.value, figure.numerator, figure.denominator) == (10.0, 9.950000000003, None)


def test_a_total_of_nobody_is_zero_unless_some_are_unknown() -> None:
    def total(n: int, unknown: int) -> tuple[object, str]:
        figure = derive(Components(n, 0, None, unknown), kind="total", unit="students", decimals=1, minimum_n=10)
        return figure.value, figure.value_state

    assert total(0, 0) == (0, "known")
    assert total(0, 30) == (None, "no_data")
    assert total(9, 0) == (None, "suppressed")
