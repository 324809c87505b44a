"""No audit, no release: what is refused, and in which words."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from quality.disclosure.audit import audit
from quality.disclosure.protection import protect
from quality.disclosure.release import ALL, KEYS, whole_release
from quality.disclosure.rules import Policy, students_rule
from quality.disclosure.tables import Catalogue, Family, linked_tables
from quality.errors import AuditError, ReleaseError
from tests.quality.disclosure.tables import cell, figures, hiding, summed, worked_example

READERS_ONLY = Policy(insiders=False)


def test_a_small_cell_that_is_shown_fails() -> None:
    release = worked_example()
    with pytest.raises(AuditError, match="school Adams, race=AI must be hidden and is not; protect"):
        audit(release, students_rule(release.values, READERS_ONLY), hiding(release), READERS_ONLY)


def test_plain_suppression_fails_by_rank() -> None:
    release = worked_example()
    requirement = students_rule(release.values, READERS_ONLY)
    with pytest.raises(AuditError, match="2 hidden cells follow from shown ones"):
        audit(release, requirement, requirement.primary, READERS_ONLY)


def test_too_narrow_an_interval_fails_though_nothing_is_known_exactly() -> None:
    counts = {
        ("district", ALL, ALL, ALL): 308,
        ("A", ALL, ALL, ALL): 5,
        ("B", ALL, ALL, ALL): 3,
        ("C", ALL, ALL, ALL): 300,
    }
    release = linked_tables(figures(counts), Catalogue(()))
    requirement = students_rule(release.values, READERS_ONLY)
    with pytest.raises(AuditError, match=r"school [AB], all=all can be worked out too closely by readers"):
        audit(release, requirement, requirement.primary, READERS_ONLY)


def test_a_pattern_that_a_principal_sees_through_fails() -> None:
    release = worked_example()
    hidden = protect(release, students_rule(release.values, READERS_ONLY), READERS_ONLY).hidden
    policy = Policy(insiders=True)
    with pytest.raises(AuditError, match=r"by the principal of (Adams|Baker)"):
        audit(release, students_rule(release.values, policy), hidden, policy)


def test_two_schools_cannot_be_kept_from_each_other_while_their_district_may_not_be_hidden() -> None:
    inner = {("A", ALL): {"race": [4, 60]}, ("B", ALL): {"race": [30, 40]}}
    release = linked_tables(figures(summed(inner)), Catalogue((Family("race"),)))
    frozen = (release.cells["organization_level"] == "district").to_numpy()
    release.factor[frozen] = np.inf
    policy = Policy(insiders=True)
    with pytest.raises(AuditError, match=r"no cell is left that would prevent it. Leave out this dimension"):
        protect(release, students_rule(release.values, policy), policy)


def test_messages_never_tell_a_count() -> None:
    release = worked_example()
    with pytest.raises(AuditError) as raised:
        audit(release, students_rule(release.values, READERS_ONLY), hiding(release), READERS_ONLY)
    assert not any(character.isdigit() for character in str(raised.value))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.replace({"dimension": {"race": "colour"}}), "Dimensions colour are in no family"),
        (lambda frame: pd.concat([frame, frame.head(1)]), "Figures stand twice"),
        (lambda frame: frame[frame["member"] != ALL], "has groups without a total"),
        (lambda frame: frame[frame["member"] != "m0"], "Groups of race do not sum to their total"),
        (lambda frame: frame.assign(n_students=frame["n_students"] / 7), "values that are no counts"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_together_are_refused(change: object, says: str) -> None:
    inner = {(school, ALL): {"race": [20, 30]} for school in "AB"}
    frame = change(figures(summed(inner)))  # type: ignore[operator]
    with pytest.raises(ReleaseError, match=says):
        linked_tables(frame, Catalogue((Family("race"),)))


def test_counts_above_their_group_are_refused() -> None:
    cells = pd.DataFrame([("school", "A", ALL, ALL, ALL)], columns=list(KEYS))
    with pytest.raises(ReleaseError, match="above their group's size, the first at school A"):
        whole_release(cells, np.array([5]), sparse.csr_matrix((0, 1)), upper=np.array([4.0]))


def test_a_district_that_counts_once_who_attends_two_schools_is_protected_all_the_same() -> None:
    inner = {
        ("A", ALL): {"race": [4, 60, 30]},
        ("B", ALL): {"race": [30, 40, 50]},
        ("C", ALL): {"race": [25, 45, 35]},
    }
    counts = summed(inner)
    for member, twice in (("m0", 1), ("m1", 2)):
        counts[("district", ALL, "race", member)] -= twice
        counts[("district", ALL, ALL, ALL)] -= twice
    release = linked_tables(figures(counts), Catalogue((Family("race"),)))
    assert set(release.sums) == {0, 1, 2, 3}
    protection = protect(release, students_rule(release.values, READERS_ONLY), READERS_ONLY)
    assert protection.hidden[cell(release, "A", "m0")]
    assert (protection.proof["high"] - protection.proof["low"] >= READERS_ONLY.width).all()
