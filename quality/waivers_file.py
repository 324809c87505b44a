"""Writes decisions into `waivers.yml`: an entry is added or revoked, and everything else stays as it was written."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import yaml

from quality.errors import WaiverError
from quality.registry import Rule
from quality.waivers import Waiver, parse_waivers

_HEADER = "# Findings that we have decided to live with. See docs/guides/quality-alerts.md.\nwaivers:\n"


def next_id(waivers: Iterable[Waiver], year: int) -> str:
    """The id after the highest one of a year, "W-2026-7"."""
    taken = [re.fullmatch(rf"W-{year}-(\d+)", waiver.id) for waiver in waivers]
    return f"W-{year}-{max((int(found[1]) for found in taken if found), default=0) + 1}"


def add_waiver(file: Path, waiver: Waiver, rules: Iterable[Rule]) -> None:
    """Append a waiver to the file, which is created if it is not there.

    Raises:
        WaiverError: the list would not be valid; nothing is written.
    """
    rules = tuple(rules)
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    before = parse_waivers(text, file.name, rules)
    _replace(file, _with_entry(text or _HEADER, file.name, waiver), (*before, waiver), rules)


def revoke_waiver(file: Path, waiver_id: str, on: date, rules: Iterable[Rule]) -> None:
    """Give a waiver the day from which it holds no more.

    Raises:
        WaiverError: no waiver has the id, or it is revoked already; nothing is written.
    """
    rules = tuple(rules)
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    before = parse_waivers(text, file.name, rules)
    found = [position for position, waiver in enumerate(before) if waiver.id == waiver_id]
    if not found:
        raise WaiverError(f"{file.name} has no waiver {waiver_id}; `stocktake waivers` lists them")
    revoked = before[found[0]]
    if revoked.revoked_on:
        raise WaiverError(f"waiver {waiver_id} has been revoked already, from {revoked.revoked_on}")
    entries: list[yaml.CollectionNode] = getattr(_list_node(text), "value", [])
    entry = entries[found[0]]
    if entry.flow_style:
        end = entry.end_mark.index - 1
        written = f"{text[:end].rstrip()}, revoked_on: {on}{text[end:]}"
    else:
        written = _insert_after(text, entry, f"{' ' * entry.start_mark.column}revoked_on: {on}\n")
    after = [one.model_copy(update={"revoked_on": on}) if one.id == waiver_id else one for one in before]
    _replace(file, written, tuple(after), rules)


def _with_entry(text: str, name: str, waiver: Waiver) -> str:
    fields = waiver.model_dump(mode="json", exclude_defaults=True)
    dates = {key: date.fromisoformat(fields[key]) for key in ("decided_on", "until")}
    lines = yaml.safe_dump({**fields, **dates}, sort_keys=False, allow_unicode=True, width=10_000).splitlines()
    node = _list_node(text)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _insert_after(text, node, _item(lines, node.start_mark.column))
    if isinstance(node, yaml.SequenceNode) and node.value:
        raise WaiverError(f"{name}: write the list `waivers` with a dash and a line for each entry, not in brackets")
    if node is None:
        return text + ("" if text.endswith("\n") or not text else "\n") + "waivers:\n" + _item(lines, 2)
    # An empty list, `waivers:` or `waivers: []`.
    text = text[: node.start_mark.index].rstrip(" ") + text[node.end_mark.index :]
    end = text.find("\n", node.start_mark.index - 1)
    head, tail = (text, "") if end < 0 else (text[:end], text[end + 1 :])
    return f"{head}\n{_item(lines, 2)}{tail}"


def _item(lines: Iterable[str], column: int) -> str:
    """An entry of a list whose dashes stand in a column."""
    margin = " " * column
    return "".join(f"{margin}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def _list_node(text: str) -> yaml.Node | None:
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = document.value if isinstance(document, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == "waivers"), None)


def _insert_after(text: str, node: yaml.Node, addition: str) -> str:
    """Put lines behind the last value in a node, before the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    mark = node.end_mark
    end = mark.index if mark.column == 0 and mark.index else text.find("\n", mark.index) + 1
    if end == 0 or end > len(text):
        return text + "\n" + addition
    return text[:end] + addition + text[end:]


def _replace(file: Path, text: str, expected: tuple[Waiver, ...], rules: Iterable[Rule]) -> None:
    if parse_waivers(text, file.name, rules) != expected:
        raise WaiverError(f"{file.name} is written in a way that cannot be added to; write the entry by hand")
    target = file.resolve()
    temporary = target.with_name(f".{target.name}.being-written")
    temporary.write_text(text, encoding="utf-8")
    if target.exists():
        temporary.chmod(target.stat().st_mode)
    temporary.replace(target)
