"""What protection promises, held against every table of whole counts that agrees with what is shown."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from quality.disclosure.intervals import exactly_known, intervals
from quality.disclosure.protection import protect
from quality.disclosure.release import ALL, Release, show
from quality.disclosure.rules import Policy, students_rule
from quality.disclosure.tables import Catalogue, Family, linked_tables
from quality.errors import AuditError
from tests.quality.disclosure.tables import cell, consistent_tables, figures, hiding, summed, worked_example

POLICY = Policy(n_min=3, k=2, width=3, insiders=False)
QUICK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MOST_TABLES = 3_000


@st.composite
def small_releases(draw: st.DrawFn, *, grades: bool = False) -> Release:
    """Three schools, two or three groups of a few students each, with or without two grades."""
    groups = draw(st.integers(2, 3))
    inner = {
        (school, grade): {"race": draw(st.lists(st.integers(0, 6), min_size=groups, max_size=groups))}
        for school in "ABC"
        for grade in (("01", "02") if grades else (ALL,))
    }
    counts = summed(inner)
    return linked_tables(figures(counts), Catalogue((Family("race"),), complements_below=POLICY.n_min))


def counts_of(release: Release, hidden: np.ndarray, known: np.ndarray | None = None) -> dict[int, set[int]]:
    """All counts that each hidden cell has in a consistent table; nothing if there are too many tables to try."""
    found: dict[int, set[int]] = {}
    for number, table in enumerate(consistent_tables(release, hidden, known=known)):
        assume(number < MOST_TABLES)
        for position, count in table.items():
            found.setdefault(position, set()).add(count)
    return found


def assert_uncertain(release: Release, hidden: np.ndarray, known: np.ndarray | None = None) -> None:
    """Each primary that the reader does not know has at least `width` counts, and is not proven small."""
    primary = students_rule(release.values, POLICY).primary
    if known is not None:
        primary = primary & ~known
    found = counts_of(release, hidden, known)
    for position in np.flatnonzero(primary):
        counts = found[int(position)]
        assert len(counts) >= POLICY.width
        assert 0 in counts or max(counts) >= POLICY.n_min


@pytest.mark.parametrize("grades", [False, True])
def test_every_small_group_could_have_many_sizes(grades: bool) -> None:
    protected = 0

    @QUICK
    @given(small_releases(grades=grades))
    def holds(release: Release) -> None:
        nonlocal protected
        try:
            protection = protect(release, students_rule(release.values, POLICY), POLICY)
        except AuditError:
            return
        assert_uncertain(release, protection.hidden)
        protected += bool(protection.hidden.any())

    holds()
    assert protected > 5


def test_every_small_group_could_have_many_sizes_for_the_principals_too() -> None:
    protected = 0

    @QUICK
    @given(small_releases())
    def holds(release: Release) -> None:
        nonlocal protected
        policy = Policy(n_min=3, k=2, width=3, insiders=True)
        try:
            hidden = protect(release, students_rule(release.values, policy), policy).hidden
        except AuditError:
            return
        assert_uncertain(release, hidden)
        for school in range(len(release.schools)):
            assert_uncertain(release, hidden, release.school == school)
        protected += bool(hidden.any())

    holds()
    assert protected > 5


def test_programs_and_trying_find_the_same_intervals() -> None:
    compared = 0

    @QUICK
    @given(small_releases(), st.data())
    def holds(release: Release, data: st.DataObject) -> None:
        nonlocal compared
        shape = st.lists(st.booleans(), min_size=len(release.values), max_size=len(release.values))
        hidden = np.array(data.draw(shape)) | (release.values < POLICY.n_min)
        # A cell that nothing bounds has no table that is the last to try.
        cells = np.flatnonzero(hidden)
        low, high = intervals(release, show(release, hidden), cells)
        assume(high.max() < 40)
        found = counts_of(release, hidden)
        # With two kinds of sums the programs' ends are whole, so the whole tables reach them.
        assert [min(found[int(i)]) for i in cells] == pytest.approx(low)
        assert [max(found[int(i)]) for i in cells] == pytest.approx(high)
        # What equations alone tell is told to who tries as well.
        for position in np.flatnonzero(exactly_known(release, hidden)):
            assert len(found[int(position)]) == 1
        compared += len(cells)

    holds()
    assert compared > 50


def test_trying_finds_the_worked_example_too() -> None:
    release = worked_example()
    hidden = hiding(release, *(cell(release, s, m) for s in ("Adams", "Baker") for m in ("AI", "AS")))
    tables = list(consistent_tables(release, hidden))
    found = {position: {table[position] for table in tables} for position in tables[0]}
    assert found[cell(release, "Adams", "AI")] == set(range(16))
    assert found[cell(release, "Baker", "AS")] == set(range(4, 20))
