"""The order of steps: nothing is certified without two signatures of two persons on the same figures."""

from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.certification.records import (
    Entry,
    Frozen,
    Opened,
    Person,
    Restated,
    Reviewed,
    Signed,
    WindowRecord,
    advance,
    content_hash,
    metric_state,
)
from quality.certification.windows import Window
from quality.errors import CertificationError
from quality.validation import VerificationState

WINDOW = Window(
    id="w", title="W", school_year=2026, opens_on=date(2026, 6, 1), closes_on=date(2026, 6, 30), metrics=("enrollment",)
)
IN_TIME = datetime(2026, 6, 30, 23, tzinfo=UTC)
TOO_LATE = datetime(2026, 7, 1, tzinfo=UTC)
FIGURES = ({"enrollment": "a" * 64}, {"enrollment": "b" * 64})
PEOPLE = [
    Person(name=name, role=role) for name in ("Ana", " ANA ", "Bo") for role in ("steward", "superintendent", "x")
]


@st.composite
def steps(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from([Opened, Reviewed, Signed, Frozen, Restated]))
    common = {"window": "w", "by": draw(st.sampled_from(PEOPLE)), "at": draw(st.sampled_from([IN_TIME, TOO_LATE]))}
    if kind is Opened:
        return Opened(**common, definition=WINDOW, rule_set="r")  # type: ignore[arg-type]
    of_figures = {**common, "snapshot_id": "s", "figures": draw(st.sampled_from(FIGURES))}
    version = {"version": draw(st.integers(1, 3)), "manifest": "m"}
    return {
        Reviewed: lambda: Reviewed(**of_figures),  # type: ignore[arg-type]
        Signed: lambda: Signed(**of_figures),  # type: ignore[arg-type]
        Frozen: lambda: Frozen(**of_figures, **version),  # type: ignore[arg-type]
        Restated: lambda: Restated(**of_figures, **version, reason=draw(st.sampled_from(["", "late file"]))),  # type: ignore[arg-type]
    }[kind]()


@settings(max_examples=400, deadline=None)
@given(st.lists(steps(), max_size=14))
def test_no_path_leads_past_two_signatures_of_two_persons(entries: list[Entry]) -> None:
    record: WindowRecord | None = None
    taken: list[Entry] = []
    for entry in entries:
        try:
            record = advance(record, entry)
        except CertificationError:
            continue
        taken.append(entry)
        for figures in FIGURES:
            digest = figures["enrollment"]
            state = metric_state(record, "enrollment", digest)
            assert state in get_args(VerificationState)
            if state in ("certified", "frozen"):
                review, signature = record.review, record.signature
                assert review is not None
                assert signature is not None
                assert review.by.name.strip().casefold() != signature.by.name.strip().casefold()
                assert (review.by.role, signature.by.role) == ("steward", "superintendent")
                assert review.figures == signature.figures == figures
                assert review.at == signature.at == IN_TIME
                assert taken.index(review) < taken.index(signature)
            if state == "restated":
                latest = record.versions[-1]
                assert isinstance(latest, Restated)
                assert latest.reason
                assert latest.by.role == "superintendent"
        assert [version.version for version in record.versions] == list(range(1, len(record.versions) + 1))


def record_after(*entries: Entry) -> WindowRecord:
    record = None
    for entry in entries:
        record = advance(record, entry)
    assert record is not None
    return record


ANA, BO = Person(name="Ana", role="steward"), Person(name="Bo", role="designee")
OPENED = Opened(window="w", at=IN_TIME, by=ANA, definition=WINDOW, rule_set="r")
REVIEWED = Reviewed(window="w", at=IN_TIME, by=ANA, snapshot_id="s1", figures=FIGURES[0])
SIGNED = Signed(window="w", at=IN_TIME, by=BO, snapshot_id="s1", figures=FIGURES[0])
FROZEN = Frozen(window="w", at=TOO_LATE, by=ANA, snapshot_id="s1", figures=FIGURES[0], version=1, manifest="m")
RESTATED = Restated(
    window="w", at=TOO_LATE, by=BO, snapshot_id="s2", figures=FIGURES[1], version=2, manifest="m", reason="late file"
)


@pytest.mark.parametrize(
    ("before", "step", "remedy"),
    [
        ((), REVIEWED, "certify open --window w"),
        ((OPENED,), SIGNED, "certify review --window w"),
        ((OPENED,), REVIEWED.model_copy(update={"by": BO}), "it takes a steward"),
        ((OPENED,), REVIEWED.model_copy(update={"at": TOO_LATE}), "open from 2026-06-01 to 2026-06-30"),
        ((OPENED, REVIEWED), SIGNED.model_copy(update={"by": Person(name="ANA ", role="designee")}), "another person"),
        ((OPENED, REVIEWED), SIGNED.model_copy(update={"figures": FIGURES[1]}), "review them again"),
        ((OPENED, REVIEWED), FROZEN, "reviewed and signed before"),
        ((OPENED, REVIEWED, SIGNED), FROZEN.model_copy(update={"figures": FIGURES[1]}), "reviewed and signed again"),
        ((OPENED, REVIEWED, SIGNED), RESTATED, "review and sign it instead"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), REVIEWED, "certify restate"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), OPENED, "certify restate"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), FROZEN, "certify restate"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), RESTATED.model_copy(update={"reason": " "}), "--reason"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), RESTATED.model_copy(update={"by": ANA}), "superintendent or designee"),
        ((OPENED, REVIEWED, SIGNED, FROZEN), RESTATED.model_copy(update={"figures": FIGURES[0]}), "nothing to restate"),
    ],
)
def test_a_step_out_of_order_is_refused_with_the_remedy(before: tuple[Entry, ...], step: Entry, remedy: str) -> None:
    record = record_after(*before) if before else None
    with pytest.raises(CertificationError, match=remedy) as refusal:
        advance(record, step)
    assert str(refusal.value).count(". ") == 0, "one sentence"


def test_the_state_belongs_to_the_figures_and_not_to_the_metric() -> None:
    first, second = (figures["enrollment"] for figures in FIGURES)
    path = [OPENED, REVIEWED, SIGNED, FROZEN, RESTATED]
    states = [
        tuple(metric_state(record_after(*path[: count + 1]), "enrollment", digest) for digest in (first, second))
        for count in range(len(path))
    ]
    assert states == [
        ("validated", "validated"),
        ("reviewed", "validated"),
        ("certified", "validated"),
        ("frozen", "validated"),
        ("validated", "restated"),
    ]


def test_opening_again_takes_signatures_back() -> None:
    record = record_after(OPENED, REVIEWED, SIGNED, OPENED)
    assert (record.review, record.signature) == (None, None)


def test_a_restatement_of_one_metric_leaves_the_others_frozen() -> None:
    both = {"enrollment": "a" * 64, "attendance_rate": "c" * 64}
    record = record_after(
        OPENED,
        REVIEWED.model_copy(update={"figures": both}),
        SIGNED.model_copy(update={"figures": both}),
        FROZEN.model_copy(update={"figures": both}),
        RESTATED.model_copy(update={"figures": {**both, "enrollment": "b" * 64}}),
    )
    assert metric_state(record, "enrollment", "b" * 64) == "restated"
    assert metric_state(record, "attendance_rate", "c" * 64) == "frozen"


def test_one_hash_stands_for_all_figures() -> None:
    assert (
        content_hash({"a": "1", "b": "2"}) == content_hash({"b": "2", "a": "1"}) != content_hash({"a": "2", "b": "1"})
    )


def test_a_name_without_a_role_is_refused() -> None:
    assert Person.parse(" Ana Reyes / Steward") == Person(name="Ana Reyes", role="steward")
    for text in ("Ana Reyes", "/steward", "Ana Reyes/"):
        with pytest.raises(CertificationError, match='write it as "Ana Reyes/steward"'):
            Person.parse(text)
