"""The words of an alert, as plain text and as a message of a chat that understands Slack's format."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from quality.alerts import Alert, RuleGroup
from quality.people import Language
from quality.roles import ROLES

RULES_SHOWN = 20
"""Most rules in one message; the rest is counted."""
_BLOCK_LENGTH = 2900
"""Slack refuses a block of 3,000 characters."""

LinkTo = Callable[[str], str]
"""Address of a rule, by its id."""

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "subject": "{district}: {n} data finding(s) to mend",
        "notices": "{district}: {n} notice(s) about the data",
        "new": "{n} new",
        "overdue": "{n} overdue",
        "oldest": "oldest {n} school day(s)",
        "school": "School",
        "where": "Where (file: lines)",
        "table": "Table",
        "means": "What it means",
        "fix": "How to mend it",
        "look": "Look",
        "more": "And {n} finding(s) under {m} more rules.",
        "stands_in": "You are told because nobody is listed as: {roles}.",
        "end": "You are told of a finding once, and again when it is overdue. It closes once its source is mended.",
    },
    "es": {
        "subject": "{district}: {n} hallazgo(s) de datos por corregir",
        "notices": "{district}: {n} aviso(s) sobre los datos",
        "new": "{n} nuevo(s)",
        "overdue": "{n} vencido(s)",
        "oldest": "el más antiguo: {n} día(s) lectivo(s)",
        "school": "Escuela",
        "where": "Dónde (archivo: líneas)",
        "table": "Tabla",
        "means": "Qué significa",
        "fix": "Cómo corregirlo",
        "look": "Ver",
        "more": "Y {n} hallazgo(s) de {m} reglas más.",
        "stands_in": "Usted lo recibe porque no hay nadie en la lista como: {roles}.",
        "end": "Cada hallazgo se avisa una vez, y otra cuando vence. Se cierra solo cuando se corrige la fuente.",
    },
}


def subject(alert: Alert, district: str) -> str:
    """One line that says how much there is to do."""
    words = _WORDS[alert.person.language]
    count = sum(group.count for group in alert.groups)
    return words["subject" if count else "notices"].format(district=district, n=count or len(alert.notices))


def plain_text(alert: Alert, district: str, link_to: LinkTo) -> str:
    """The whole message as text."""
    parts = [subject(alert, district)]
    parts += [f"{title}\n{body}" for title, body in _sections(alert, link_to)]
    return "\n\n".join([*parts, *_closing(alert)]) + "\n"


def slack_message(alert: Alert, district: str, link_to: LinkTo) -> dict[str, Any]:
    """The message in the JSON that Slack, and chats that follow it, take at an incoming webhook."""
    first = subject(alert, district)
    texts = [f"*{_escaped(title)}*\n{_escaped(body)}" for title, body in _sections(alert, link_to)]
    texts += [_escaped(line) for line in _closing(alert)]
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": first[:150]}}]
    blocks += [{"type": "section", "text": {"type": "mrkdwn", "text": text[:_BLOCK_LENGTH]}} for text in texts]
    return {"text": first, "blocks": blocks}


def _sections(alert: Alert, link_to: LinkTo) -> list[tuple[str, str]]:
    """Title and body of each thing that is told."""
    words = _WORDS[alert.person.language]
    sections = [
        (notice.title, f"{notice.text}\n{words['fix']}: {notice.fix}") for notice in alert.notices[:RULES_SHOWN]
    ]
    return sections + [_group(group, words, link_to) for group in alert.groups[:RULES_SHOWN]]


def _group(group: RuleGroup, words: Mapping[str, str], link_to: LinkTo) -> tuple[str, str]:
    counts = [words[name].format(n=n) for name, n in (("new", group.new), ("overdue", group.overdue)) if n]
    counts.append(words["oldest"].format(n=group.oldest))
    lines = [", ".join(counts)]
    if group.schools:
        lines.append(f"{words['school']}: {', '.join(group.schools[:10])}{' …' if len(group.schools) > 10 else ''}")
    if group.pointers:
        lines.append(f"{words['where']}: {where(group.pointers)}{' …' if _is_part(group) else ''}")
    else:
        lines.append(f"{words['table']}: {group.rule.key.partition(':')[2]}")
    lines += [f"{words['means']}: {group.rule.meaning}", f"{words['fix']}: {group.rule.fix}"]
    lines.append(f"{words['look']}: {link_to(group.rule.rule_id)}")
    return f"[{group.rule.severity}] {group.rule.title} ({group.rule.rule_id})", "\n".join(lines)


def _is_part(group: RuleGroup) -> bool:
    return len(group.pointers) < group.count


def where(pointers: tuple[tuple[str, str], ...]) -> str:
    """Files with their lines, "attendance.csv: 3, 7; marks.csv: 12"."""
    files = []
    for file, found in groupby(sorted(pointers, key=lambda one: one[0]), key=lambda one: one[0]):
        numbers = [row for _, row in found if row]
        files.append(f"{file}: {', '.join(numbers)}" if numbers else file)
    return "; ".join(files)


def _closing(alert: Alert) -> list[str]:
    words = _WORDS[alert.person.language]
    rest = alert.groups[RULES_SHOWN:]
    lines = [words["more"].format(n=sum(group.count for group in rest), m=len(rest))] if rest else []
    if alert.stands_in_for:
        titles = [ROLES[role].title if role in ROLES else role for role in alert.stands_in_for]
        lines.append(words["stands_in"].format(roles=", ".join(titles)))
    return [*lines, words["end"]]


def _escaped(text: str) -> str:
    """Text that Slack shows as it is, so that a delivered name makes no link and calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
