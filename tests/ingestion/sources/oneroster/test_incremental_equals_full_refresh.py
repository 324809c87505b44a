"""Landing bundles as they come gives what landing all of them at once gives, and what the standard says."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingestion.sources.oneroster.bundle_drop import BundleDrop, org

Change = tuple[str, str, str]
"""Id, name and status of an organisation."""


@dataclass(frozen=True)
class Sent:
    """One bundle, whether it replaces the one before it in the drop, and whether a landing follows it."""

    kind: str
    changes: tuple[Change, ...]
    is_landed: bool


def _sent() -> st.SearchStrategy[Sent]:
    ids, names = st.sampled_from("abcd"), st.sampled_from(("One", "Two", "Three"))
    whole = st.tuples(ids, names, st.just(""))
    changed = st.tuples(ids, names, st.sampled_from(("active", "tobedeleted", "inactive")))
    return st.one_of(
        st.builds(
            Sent, st.just("bulk"), st.lists(whole, max_size=4, unique_by=lambda c: c[0]).map(tuple), st.booleans()
        ),
        st.builds(Sent, st.just("delta"), st.lists(changed, max_size=4).map(tuple), st.booleans()),
        st.builds(Sent, st.just("absent"), st.just(()), st.booleans()),
    )


def expected(deliveries: list[Sent]) -> dict[str, str]:
    """What OneRoster means by a sequence of bundles, in plain words of Python."""
    names: dict[str, str] = {}
    for sent in deliveries:
        if sent.kind == "bulk":
            names = {}
        for identifier, name, status in sent.changes:
            if status in ("tobedeleted", "inactive"):
                names.pop(identifier, None)
            else:
                names[identifier] = name
    return names


def _content(drop: BundleDrop) -> list[tuple[Any, ...]]:
    return drop.rows("select sourced_id, name, status, _row_id, _delivery_scope from raw.oneroster__orgs order by all")


@settings(max_examples=10, deadline=None)
@given(st.lists(_sent(), min_size=1, max_size=5), st.booleans())
def test_incremental_equals_full_refresh(deliveries: list[Sent], is_tidied: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        step_by_step = BundleDrop(Path(folder) / "steps", "orgs")
        at_once = BundleDrop(Path(folder) / "once", "orgs")
        for number, sent in enumerate(deliveries, start=1):
            files = {} if sent.kind == "absent" else {"orgs": [org(*change) for change in sent.changes]}
            for drop in (step_by_step, at_once):
                drop.deliver(f"{number}.zip", files, orgs=sent.kind)
            if sent.is_landed or number == len(deliveries):
                step_by_step.land()
                assert step_by_step.unbalanced() == []
                assert step_by_step.names() == expected(deliveries[:number])
                if is_tidied:
                    for landed in sorted(step_by_step.root.iterdir()):
                        landed.unlink()
        at_once.land()
        assert at_once.names() == expected(deliveries)
        assert at_once.unbalanced() == []
        assert _content(at_once) == _content(step_by_step)
