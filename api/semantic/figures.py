"""Exact arithmetic: from counted components to the value that is shown."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from api.suppression import SuppressionReason, suppression

MetricKind = Literal["rate", "mean", "count", "total"]
Unit = Literal["percent", "count", "points", "students", "per_100_students", "per_100_days", "students_per_teacher"]
ValueState = Literal["known", "no_data", "suppressed"]
Number = int | float | Decimal
OF_A_HUNDRED: frozenset[Unit] = frozenset({"percent", "per_100_students", "per_100_days"})
"""Units in which a quotient is shown a hundredfold."""


@dataclass(frozen=True, slots=True)
class Components:
    """What was counted for one group: students; for rates on days, days above and below the line."""

    n_students: Number | None
    numerator: Number | None = None
    denominator: Number | None = None
    n_unknown: Number | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell of an answer; without numbers when suppressed, without a value when nothing is known."""

    value: int | float | None
    numerator: int | float | None
    denominator: int | float | None
    n_students: int | None
    n_unknown: int | None
    value_state: ValueState
    suppression_reason: SuppressionReason | None = None


def derive(counted: Components, *, kind: MetricKind, unit: Unit, decimals: int, minimum_n: int) -> Figure:
    """The figure for one group: derived exactly, rounded half up to `decimals`, hidden when too small.

    A rate in percent or per hundred is 100 * numerator / denominator, a mean is numerator / denominator, a total
    is its numerator, a count is n_students. A denominator of zero leaves the value unknown: never 0, never 100.
    """
    n_students = int(counted.n_students or 0)
    n_unknown = None if counted.n_unknown is None else int(counted.n_unknown)
    reason = suppression(n_students, n_unknown, minimum_n)
    if reason is not None:
        return Figure(None, None, None, None, None, "suppressed", reason)
    if kind == "count":
        # Nobody counted while some cannot be told: the number is unknown, and 0 would be a claim.
        value = None if n_students == 0 and n_unknown else n_students
        return Figure(value, None, None, n_students, n_unknown, "no_data" if value is None else "known")
    if kind == "total":
        return _total(counted.numerator or 0, n_students, n_unknown, decimals)
    numerator, denominator = counted.numerator or 0, counted.denominator or 0
    if denominator == 0:
        return Figure(None, None, json_number(denominator), n_students, n_unknown, "no_data")
    quotient = _exact(numerator) / _exact(denominator) * (100 if unit in OF_A_HUNDRED else 1)
    return Figure(
        value=json_number(round_half_up(quotient, decimals)),
        numerator=json_number(numerator),
        denominator=json_number(denominator),
        n_students=n_students,
        n_unknown=n_unknown,
        value_state="known",
    )


def _total(numerator: Number, n_students: int, n_unknown: int | None, decimals: int) -> Figure:
    # As with a count, nobody known while some cannot be told is no zero.
    if n_students == 0 and n_unknown:
        return Figure(None, None, None, n_students, n_unknown, "no_data")
    value = json_number(round_half_up(_exact(numerator), decimals))
    return Figure(value, json_number(numerator), None, n_students, n_unknown, "known")


def round_half_up(exact: Fraction, decimals: int) -> Decimal:
    """`exact` rounded to `decimals` places, halves away from zero (2.5 -> 3, -2.5 -> -3)."""
    scaled = abs(exact) * 10**decimals
    magnitude = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(magnitude if exact >= 0 else -magnitude).scaleb(-decimals)


def json_number(number: Number) -> int | float:
    """A JSON number: an integer when the value is whole, else the nearest double."""
    return int(number) if number == int(number) else float(number)


def _exact(number: Number) -> Fraction:
    # repr() of a double is the decimal that was meant; Fraction(0.1) would be its binary neighbour.
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
