"""The ledger notices whatever is done to it, but for a line that was being written when its writer died."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.certification.ledger import LEDGER_NAME, append_entry, read_ledger
from quality.certification.records import Opened, Person, Reviewed
from quality.certification.windows import Window
from quality.errors import LedgerError

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
ANA = Person(name="Ana Núñez", role="steward")
WINDOW = Window(
    id="w", title="W", school_year=2026, opens_on=date(2026, 6, 1), closes_on=date(2026, 6, 30), metrics=("enrollment",)
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of a ledger of four entries."""
    folder = tmp_path_factory.mktemp("ledger")
    append_entry(folder, Opened(window="w", at=NOW, by=ANA, definition=WINDOW, rule_set="r"))
    for number in range(3):
        append_entry(
            folder, Reviewed(window="w", at=NOW, by=ANA, snapshot_id=f"s{number}", figures={"enrollment": "0" * 64})
        )
    return (folder / LEDGER_NAME).read_text().splitlines()


def store(folder: Path, lines: list[str]) -> Path:
    (folder / LEDGER_NAME).write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_what_was_added_is_read_back(written: list[str], tmp_path: Path) -> None:
    ledger = read_ledger(store(tmp_path, written))
    assert [entry.action for entry in ledger.entries] == ["opened", "reviewed", "reviewed", "reviewed"]
    assert ledger.entries[0].by == ANA
    assert ledger.head.entries == 4
    assert read_ledger(tmp_path / "none").head.entries == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_character_anywhere_is_noticed(written: list[str], tmp_path: Path, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(written) - 1))
    line = written[number]
    place = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters(codec="ascii", exclude_characters="\n\r").filter(lambda one: one != line[place]))
    changed = line[:place] + other + line[place + 1 :]
    with pytest.raises(LedgerError, match=f"line {number + 1}"):
        read_ledger(store(tmp_path, [*written[:number], changed, *written[number + 1 :]]))


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_line_taken_out_is_noticed(written: list[str], tmp_path: Path, missing: int) -> None:
    with pytest.raises(LedgerError, match=f"line {missing + 1}"):
        read_ledger(store(tmp_path, [line for number, line in enumerate(written) if number != missing]))


def test_lines_in_another_order_are_noticed(written: list[str], tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="line 2"):
        read_ledger(store(tmp_path, [written[0], written[2], written[1], written[3]]))


def test_lines_cut_off_the_end_are_noticed_by_whoever_knows_how_long_it_was(written: list[str], tmp_path: Path) -> None:
    head = read_ledger(store(tmp_path, written)).head
    shorter = read_ledger(store(tmp_path, written[:-1]))
    with pytest.raises(LedgerError, match="entries are missing"):
        shorter.check_extends(head)
    read_ledger(store(tmp_path, written)).check_extends(shorter.head)


def test_a_line_that_was_never_finished_is_no_entry(written: list[str], tmp_path: Path) -> None:
    store(tmp_path, written[:3])
    with (tmp_path / LEDGER_NAME).open("a") as file:
        file.write(written[3][:40])
    assert read_ledger(tmp_path).head.entries == 3
    entry = Reviewed(window="w", at=NOW, by=ANA, snapshot_id="s9", figures={})
    assert append_entry(tmp_path, entry).entries[-1] == entry
    assert read_ledger(tmp_path).head.entries == 4
