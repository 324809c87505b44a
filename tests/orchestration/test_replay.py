"""What a replay tells: which rows came back, stay and are rejected newly, source by source."""

from io import StringIO

from rich.console import Console

from orchestration.replay import show_changes

ATTENDANCE, MARKS, USERS = "sis_files__attendance", "sis_files__marks", "oneroster__users"


def told(source: str = "") -> list[list[str]]:
    before = {(ATTENDANCE, "1"), (ATTENDANCE, "2"), (ATTENDANCE, "3"), (USERS, "1")}
    after = {(ATTENDANCE, "3"), (MARKS, "1"), (USERS, "1")}
    out = StringIO()
    show_changes(before, after, Console(file=out, width=120), source)
    return [line.split() for line in out.getvalue().splitlines()[2:]]


def test_rows_are_counted_by_table() -> None:
    assert told() == [[USERS, "0", "1", "0"], [ATTENDANCE, "2", "1", "0"], [MARKS, "0", "0", "1"]]


def test_one_source_may_be_told_alone() -> None:
    assert told("oneroster") == [[USERS, "0", "1", "0"]]
    assert told("hr_files") == []
