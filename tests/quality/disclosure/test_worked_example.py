"""The worked example: three schools by race, two small groups, three ways to hide them."""

import numpy as np
import pytest

from quality.disclosure.intervals import exactly_known, intervals
from quality.disclosure.protection import SUPPRESSED, protect
from quality.disclosure.release import show
from quality.disclosure.rules import Policy, students_rule
from tests.quality.disclosure.tables import cell, hiding, worked_example

READERS_ONLY = Policy(insiders=False)
SMALL = (("Adams", "AI"), ("Baker", "AS"))


@pytest.mark.parametrize(
    ("extra", "low", "high", "exact"),
    [
        pytest.param((), [3, 7], [3, 7], True, id="primaries only"),
        pytest.param((("Adams", "BL"), ("Baker", "BL")), [3, 7], [3, 7], True, id="one more per row"),
        pytest.param((("Adams", "AS"), ("Baker", "AI")), [0, 4], [15, 19], False, id="what the attack asks for"),
    ],
)
def test_readers_are_left_with_these_intervals(
    extra: tuple[tuple[str, str], ...], low: list[int], high: list[int], exact: bool
) -> None:
    release = worked_example()
    hidden = hiding(release, *(cell(release, *one) for one in (*SMALL, *extra)))
    small = np.array([cell(release, *one) for one in SMALL])
    found = intervals(release, show(release, hidden), small)
    assert np.allclose(found, (low, high))
    assert exactly_known(release, hidden)[small].tolist() == [exact, exact]


def test_protection_hides_the_four_cells_and_tells_no_secondary_from_a_primary() -> None:
    release = worked_example()
    protection = protect(release, students_rule(release.values, READERS_ONLY), READERS_ONLY)
    hidden = protection.pattern[protection.pattern["state"] == SUPPRESSED]
    assert set(zip(hidden["organization"], hidden["member"], strict=True)) == {
        ("Adams", "AI"), ("Adams", "AS"), ("Baker", "AI"), ("Baker", "AS"),
    }  # fmt: skip
    assert hidden["value"].isna().all()
    assert set(protection.pattern.columns) == {
        "organization_level", "organization", "grade", "dimension", "member", "state", "value",
    }  # fmt: skip
    assert (protection.proof["high"] - protection.proof["low"] >= READERS_ONLY.width).all()
    assert protection.solver.startswith("HiGHS 1.")


def test_the_same_release_is_protected_alike_every_time() -> None:
    release = worked_example()
    requirement = students_rule(release.values, READERS_ONLY)
    first, second = (protect(release, requirement, READERS_ONLY).pattern for _ in range(2))
    assert first.equals(second)
