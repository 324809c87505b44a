"""The attacks that a release must withstand, each first on a release that does not."""

import numpy as np
import pytest

from quality.disclosure.intervals import intervals
from quality.disclosure.protection import after_earlier, protect
from quality.disclosure.release import ALL, Release, Shown, show
from quality.disclosure.rules import Policy, students_rule
from quality.disclosure.tables import Catalogue, Family, Nested, linked_tables
from quality.errors import AuditError
from tests.quality.disclosure.tables import cell, figures, hiding, summed, worked_example

POLICY = Policy(insiders=False)


def protected_interval(release: Release, target: int) -> tuple[float, float]:
    """What readers know of a cell once the release is protected."""
    protection = protect(release, students_rule(release.values, POLICY), POLICY)
    assert protection.hidden[target]
    (low,), (high,) = intervals(release, show(release, protection.hidden), np.array([target]))
    return low, high


def unprotected_width(release: Release, *targets: int) -> float:
    """How closely readers know the first cell when nothing but small cells is hidden."""
    hidden = students_rule(release.values, POLICY).primary | hiding(release, *targets)
    (low,), (high,) = intervals(release, show(release, hidden), np.array(targets[:1]))
    return float(high - low)


def assert_protected(release: Release, target: int) -> None:
    """The attack succeeds on plain suppression, and fails on the protected release."""
    assert unprotected_width(release, target) == 0
    low, high = protected_interval(release, target)
    assert high - low >= POLICY.width
    assert low == 0 or high >= POLICY.n_min


def two_families() -> Release:
    """Three schools by race and sex."""
    inner = {
        ("A", ALL): {"race": [4, 60, 80], "sex": [70, 74]},
        ("B", ALL): {"race": [30, 40, 50], "sex": [58, 62]},
        ("C", ALL): {"race": [25, 45, 35], "sex": [50, 55]},
    }
    return linked_tables(figures(summed(inner)), Catalogue((Family("race"), Family("sex"))))


def test_t1_a_total_minus_its_shown_groups() -> None:
    release = two_families()
    assert_protected(release, cell(release, "A", "m0", dimension="race"))


def test_t2_the_district_minus_the_other_schools() -> None:
    counts = {
        ("district", ALL, ALL, ALL): 405,
        ("A", ALL, ALL, ALL): 5,
        ("B", ALL, ALL, ALL): 300,
        ("C", ALL, ALL, ALL): 100,
    }
    release = linked_tables(figures(counts), Catalogue(()))
    assert_protected(release, cell(release, "A", ALL))


def test_t3_row_by_row_then_column_by_column() -> None:
    release = worked_example()
    extra = [cell(release, "Adams", "BL"), cell(release, "Baker", "BL")]
    assert unprotected_width(release, cell(release, "Adams", "AI"), *extra) == 0
    low, high = protected_interval(release, cell(release, "Adams", "AI"))
    assert (low, high) == (0, 15)


def test_t4_one_family_tells_a_total_that_another_needs_hidden() -> None:
    release = two_families()
    small, total = cell(release, "A", "m0", dimension="race"), cell(release, "A", ALL)
    district = cell(release, "district", ALL)
    # The total is hidden, and the sexes give it back.
    assert unprotected_width(release, small, total, district) == 0
    assert_protected(release, small)


@pytest.mark.parametrize("kind", ["partition", "multi"])
def test_t5_everybody_minus_a_group_is_a_group(kind: str) -> None:
    inner = {
        ("A", ALL): {"swd": [143, 7]},
        ("B", ALL): {"swd": [90, 30]},
        ("C", ALL): {"swd": [80, 40]},
    }
    counts = summed(inner)
    counts = {key: count for key, count in counts.items() if key[3] != "m1"}
    if kind == "partition":
        counts = summed(inner)
    release = linked_tables(
        figures(counts), Catalogue((Family("swd", "partition" if kind == "partition" else "multi"),))
    )
    others = cell(release, "A", "not:m0")
    assert release.values[others] == 7
    assert_protected(release, others)


def test_t11_a_restated_release_does_not_give_away_what_the_first_hid() -> None:
    release = worked_example()
    requirement = students_rule(release.values, POLICY)
    first = protect(release, requirement, POLICY)
    earlier = np.where(first.hidden, np.nan, release.values)
    # Unaware of the first, another release of the same counts may hide other cells; together they would tell.
    other = hiding(
        release, *(cell(release, s, m) for s, m in (("Adams", "AI"), ("Baker", "AS"), ("Adams", "BL"), ("Baker", "AI")))
    )
    small = np.flatnonzero(requirement.primary)
    low, high = intervals(release, show(release, first.hidden & other), small)
    assert (high - low < POLICY.width).any()
    second = protect(*after_earlier(release, requirement, POLICY, earlier=earlier), POLICY)
    low, high = intervals(release, show(release, first.hidden & second.hidden), small)
    assert (high - low >= POLICY.width).all()


def test_t11_a_small_change_since_an_earlier_release_is_hidden() -> None:
    release = worked_example()
    requirement = students_rule(release.values, POLICY)
    earlier = np.full(len(release.values), np.nan)
    changed = cell(release, "Clark", "BL")
    earlier[changed] = release.values[changed] - 1
    protection = protect(*after_earlier(release, requirement, POLICY, earlier=earlier), POLICY)
    (low,), (high,) = intervals(release, show(release, protection.hidden), np.array([changed]))
    assert high - low >= POLICY.width


def test_t11_what_was_shown_cannot_be_hidden_afterwards() -> None:
    release = worked_example()
    requirement = students_rule(release.values, POLICY)
    with pytest.raises(AuditError, match="shown with the same count in an earlier release, the first school Adams"):
        after_earlier(release, requirement, POLICY, earlier=release.values.astype(np.float64))


def test_t13_each_principal_knows_the_own_school() -> None:
    release = worked_example()
    policy = Policy(insiders=True)
    requirement = students_rule(release.values, policy)

    def against(hidden: np.ndarray, school: str) -> tuple[float, float]:
        own = (release.cells["organization"] == school).to_numpy()
        (low,), (high,) = intervals(release, show(release, hidden & ~own), np.array([cell(release, "Adams", "AI")]))
        return low, high

    readers_only = protect(release, requirement, POLICY).hidden
    assert against(readers_only, "Baker") == (3, 3)
    hidden = protect(release, requirement, policy).hidden
    for school in ("Baker", "Clark"):
        low, high = against(hidden, school)
        assert high - low >= policy.width


def test_t14_a_group_minus_its_part_that_is_crossed_with_another() -> None:
    inner = {
        ("A", ALL): {"race": [40, 60], "swd": [80, 20], "race*swd": [36, 4, 44, 16]},
        ("B", ALL): {"race": [50, 55], "swd": [75, 30], "race*swd": [35, 15, 40, 15]},
        ("C", ALL): {"race": [45, 70], "swd": [83, 32], "race*swd": [30, 15, 53, 17]},
    }
    names = {("race*swd", f"m{2 * r + s}"): f"m{r}|m{s}" for r in (0, 1) for s in (0, 1)}
    counts = {(*key[:3], names.get(key[2:], key[3])): count for key, count in summed(inner).items()}
    crossed = Family("race*swd", "product", of=("race", "swd"))
    release = linked_tables(figures(counts), Catalogue((Family("race"), Family("swd"), crossed)))
    assert_protected(release, cell(release, "A", "m0|m1"))


def test_t15_alone_and_in_combination() -> None:
    totals = {"A": 200, "B": 220, "C": 240}
    in_combination, alone = {"A": 40, "B": 52, "C": 61}, {"A": 37, "B": 40, "C": 45}
    counts = {}
    for name in ("district", *totals):
        of = (lambda table: sum(table.values())) if name == "district" else (lambda table, name=name: table[name])
        counts[(name, ALL, ALL, ALL)] = of(totals)
        counts[(name, ALL, "groups", "asian")] = of(in_combination)
        counts[(name, ALL, "alone", "asian")] = of(alone)
    pair = Nested(whole=("groups", "asian"), part=("alone", "asian"))
    catalogue = Catalogue((Family("groups", "multi"), Family("alone", "multi")), nested=(pair,))
    release = linked_tables(figures(counts), catalogue)
    target = cell(release, "A", "without:groups=asian")
    assert release.values[target] == 3
    assert_protected(release, target)


def test_ranges_protect_as_far_as_they_are_wide() -> None:
    release = worked_example()
    hidden = students_rule(release.values, POLICY).primary
    values = release.values.astype(np.float64)
    rounded = Shown(np.maximum(values - 2, 0), values + 2)
    low, high = intervals(release, show(release, hidden, rounded), np.flatnonzero(hidden))
    # Adams AI is 3; the column alone, with four figures each uncertain by 2, leaves 0 to 9.
    assert low[0] == 0
    assert high[0] == 9
    narrow = protect(release, students_rule(release.values, POLICY), POLICY, ranges=rounded)
    low, high = intervals(release, show(release, narrow.hidden, rounded), np.flatnonzero(hidden))
    assert (high - low >= POLICY.width).all()
