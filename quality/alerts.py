"""Who is to be told what: from what is open, who there is, and what each has been told already, to messages.

A finding is told once when it is new and once when it becomes overdue. It goes to the people of the roles that can
mend it, to those of a school's role only when it is of their school. What has nobody goes to the data engineers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quality.open_findings import JudgedRule, OpenFinding, OpenFindings
from quality.people import Person
from quality.published_files import Pointer, Status
from quality.roles import ROLES
from quality.severities import SEVERITIES

LAST_RESORT = "data_engineer"
"""Role whose people are told what nobody else can be told."""
POINTERS_SHOWN = 5

Told = Literal["new", "overdue", "once"]
Memory = Mapping[str, Mapping[str, Told]]
"""What each person, by key, has been told: key of the news -> as what."""


@dataclass(frozen=True)
class Notice:
    """Something else than a finding: metrics that are held, or a run that failed.

    Attributes:
        key: names this occurrence of it.
        roles: who is told.
    """

    key: str
    title: str
    text: str
    fix: str
    roles: tuple[str, ...] = (LAST_RESORT,)


@dataclass(frozen=True)
class RuleGroup:
    """What a person is told about one rule.

    Attributes:
        new: findings that they are told for the first time.
        overdue: findings that are open for longer than the rule allows.
        oldest: age of the oldest of them, in days of school.
        pointers: file and line of at most five of them; the line may be empty.
        schools: numbers of the schools of the findings.
    """

    rule: JudgedRule
    new: int
    overdue: int
    oldest: int
    pointers: tuple[tuple[str, str], ...]
    schools: tuple[str, ...]

    @property
    def count(self) -> int:
        """Findings that are told, each once."""
        return self.new + self.overdue


@dataclass(frozen=True)
class Alert:
    """One message to one person.

    Attributes:
        groups: by rule, the most severe first.
        stands_in_for: roles that have nobody, so that this person is told instead.
        told: what is remembered once the message was accepted.
    """

    person: Person
    groups: tuple[RuleGroup, ...]
    notices: tuple[Notice, ...]
    stands_in_for: tuple[str, ...]
    told: Mapping[str, Told]


@dataclass
class _Pending:
    findings: dict[str, list[OpenFinding]] = field(default_factory=lambda: defaultdict(list))
    notices: list[Notice] = field(default_factory=list)
    stands_in_for: set[str] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)


def alerts_of(
    opened: OpenFindings, notices: Sequence[Notice], people: Sequence[Person], memory: Memory
) -> tuple[Alert, ...]:
    """The messages that are due, one per person who has anything to be told."""
    pending: dict[str, _Pending] = defaultdict(_Pending)
    by_key = {person.key: person for person in people}
    reached: dict[tuple[str, str], tuple[tuple[Person, ...], tuple[str, ...]]] = {}
    for finding in opened.findings:
        who = (finding.rule_key, finding.school_number)
        if who not in reached:
            reached[who] = _recipients(opened.rules[finding.rule_key].fixed_by, people, finding.school_number)
        recipients, missing = reached[who]
        as_what: Told = "overdue" if finding.is_overdue else "new"
        for person in recipients:
            already = memory.get(person.key, {}).get(finding.key)
            if already == as_what or already == "overdue":
                continue
            mine = pending[person.key]
            mine.findings[finding.rule_key].append(finding)
            mine.stands_in_for.update(missing)
            mine.told[finding.key] = as_what
    for notice in notices:
        recipients, missing = _recipients(notice.roles, people, None)
        for person in recipients:
            if notice.key not in memory.get(person.key, {}):
                mine = pending[person.key]
                mine.notices.append(notice)
                mine.stands_in_for.update(missing)
                mine.told[notice.key] = "once"
    return tuple(_alert(by_key[key], mine, opened.rules) for key, mine in sorted(pending.items()))


def unreached(opened: OpenFindings, people: Sequence[Person]) -> int:
    """How many findings nobody is told about, because there is not even a data engineer."""
    return sum(
        not _recipients(opened.rules[finding.rule_key].fixed_by, people, finding.school_number)[0]
        for finding in opened.findings
    )


def remembered(memory: Memory, told: Mapping[str, Mapping[str, Told]], still: Iterable[str]) -> Memory:
    """The memory with what was told since, and without what is over.

    Args:
        still: keys of all that is open now.
    """
    kept = frozenset(still)
    return {
        person: {
            key: as_what for key, as_what in {**memory.get(person, {}), **told.get(person, {})}.items() if key in kept
        }
        for person in {*memory, *told}
    }


def notices_of(opened: OpenFindings, pointer: Pointer | None, status: Status | None) -> tuple[Notice, ...]:
    """The metrics that are held, by what holds them, and the last run if it failed or was held as a whole."""
    held: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    texts: dict[tuple[str, str], tuple[str, str, str]] = {}
    for metric, served in sorted((pointer.metrics if pointer else {}).items()):
        for reason in served.held.reasons if served.held else ():
            by = (reason.rule_id, reason.source_table)
            held[by].append((metric, f"{served.held.since:%Y-%m-%d}" if served.held else ""))
            texts[by] = (reason.title, reason.reason, reason.fix)
    notices = []
    for (rule_id, table), metrics in held.items():
        title, why, fix = texts[rule_id, table]
        rule = opened.rules.get(f"{rule_id}:{table}")
        since = min(day for _, day in metrics)
        names = ", ".join(metric for metric, _ in metrics)
        notices.append(
            Notice(
                key=f"held:{rule_id}:{table}:{names}:{since}",
                title=f"Held since {since}: {names}",
                text=f"{title}. {why}",
                fix=fix,
                roles=tuple(dict.fromkeys([rule.owner_role if rule else LAST_RESORT, LAST_RESORT])),
            )
        )
    if status is not None and (status.outcome == "failed" or any("*" in one.metrics for one in status.reasons)):
        notices += [
            Notice(
                key=f"run:{status.run_id}:{reason.rule_id}:{reason.source_table}",
                title=f"Nothing new was published: {reason.title}",
                text=" ".join(part for part in (reason.source_table, reason.reason) if part),
                fix=reason.fix,
            )
            for reason in status.reasons
        ]
    return tuple(notices)


def _recipients(
    roles: Sequence[str], people: Sequence[Person], school: str | None
) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Whom news go to, and the roles that they stand in for."""
    found = tuple(
        person
        for person in people
        if person.role in roles
        and (ROLES[person.role].scope == "district" or school is None or school in person.schools)
    )
    if found:
        return found, ()
    return tuple(person for person in people if person.role == LAST_RESORT), tuple(roles)


def _alert(person: Person, mine: _Pending, rules: Mapping[str, JudgedRule]) -> Alert:
    groups = [
        RuleGroup(
            rule=rules[key],
            new=sum(not finding.is_overdue for finding in findings),
            overdue=sum(finding.is_overdue for finding in findings),
            oldest=max(finding.age_school_days for finding in findings),
            pointers=tuple((f.source_file, f.source_row) for f in findings if f.source_file)[:POINTERS_SHOWN],
            schools=tuple(sorted({finding.school_number for finding in findings if finding.school_number})),
        )
        for key, findings in mine.findings.items()
    ]
    groups.sort(key=lambda one: (SEVERITIES.index(one.rule.severity), -one.overdue, -one.count, one.rule.key))
    return Alert(person, tuple(groups), tuple(mine.notices), tuple(sorted(mine.stands_in_for)), mine.told)
