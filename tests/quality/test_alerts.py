"""Who is told what: those who can mend it, once when it is new and once when it is overdue."""

from dataclasses import replace
from datetime import UTC, datetime

from quality.alert_text import RULES_SHOWN, plain_text, slack_message, subject
from quality.alerts import Alert, Memory, Notice, alerts_of, notices_of, remembered, unreached
from quality.open_findings import JudgedRule, OpenFinding, OpenFindings
from quality.people import Person
from quality.published_files import Hold, Pointer, ServedMetric, Status, StatusReason
from quality.validation import Reason

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
ATTENDANCE = JudgedRule(
    key="AT-01:sis_files__attendance",
    rule_id="AT-01",
    title="Attendance event outside enrolment",
    severity="error",
    owner_role="student_information_manager",
    fixed_by=("attendance_clerk",),
    meaning="The student was not enrolled.",
    fix="Correct the date.",
)
STAFF = replace(
    ATTENDANCE, key="HR-01:hr_files__staff", rule_id="HR-01", severity="fatal", fixed_by=("human_resources",)
)
RULES = {rule.key: rule for rule in (ATTENDANCE, STAFF)}

CLERK = Person(name="Mei", role="attendance_clerk", schools=["0101"], email="mei@example.org")
OTHER = Person(name="Kofi", role="attendance_clerk", schools=["0102", "0103"], email="kofi@example.org")
HR = Person(name="Tomas", role="human_resources", email="tomas@example.org")
ENGINEER = Person(name="Noor", role="data_engineer", email="noor@example.org")


def finding(number: int, school: str = "0101", rule: JudgedRule = ATTENDANCE, overdue: bool = False) -> OpenFinding:
    return OpenFinding(
        f"r{number}", rule.key, school, "attendance.csv", str(number), MONDAY, 7 if overdue else 1, overdue
    )


def opened(*findings: OpenFinding) -> OpenFindings:
    return OpenFindings("report", "run", RULES, findings)


def told(alerts: tuple[Alert, ...]) -> dict[str, dict[str, int]]:
    return {one.person.name: {group.rule.rule_id: group.count for group in one.groups} for one in alerts}


def after(alerts: tuple[Alert, ...], memory: Memory, what: OpenFindings, notices: tuple[Notice, ...] = ()) -> Memory:
    still = [one.key for one in what.findings] + [one.key for one in notices]
    return remembered(memory, {alert.person.key: alert.told for alert in alerts}, still)


def test_each_is_told_of_the_rules_of_their_role_and_the_rows_of_their_school() -> None:
    what = opened(finding(1), finding(2), finding(3, "0102"), finding(4, "", STAFF))
    alerts = alerts_of(what, (), (CLERK, OTHER, HR, ENGINEER), {})
    assert told(alerts) == {"Mei": {"AT-01": 2}, "Kofi": {"AT-01": 1}, "Tomas": {"HR-01": 1}}


def test_nobody_is_told_twice_until_it_is_overdue_and_then_once_more() -> None:
    people = (CLERK,)
    new = opened(finding(1), finding(2))
    alerts = alerts_of(new, (), people, {})
    memory = after(alerts, {}, new)
    assert alerts_of(new, (), people, memory) == ()
    late = opened(finding(1, overdue=True), finding(2), finding(3))
    (alert,) = alerts_of(late, (), people, memory)
    assert (alert.groups[0].new, alert.groups[0].overdue) == (1, 1)
    memory = after((alert,), memory, late)
    assert alerts_of(late, (), people, memory) == ()
    # Somebody who is told of it for the first time when it is overdue is not told again.
    (alert,) = alerts_of(late, (), (ENGINEER,), {})
    assert alerts_of(late, (), (ENGINEER,), after((alert,), {}, late)) == ()


def test_what_was_mended_is_forgotten_and_what_comes_back_is_told_anew() -> None:
    memory = after(alerts_of(opened(finding(1)), (), (CLERK,), {}), {}, opened(finding(1)))
    assert after((), memory, opened()) == {CLERK.key: {}}
    again = replace(finding(1), first_seen_at=datetime(2026, 9, 9, tzinfo=UTC))
    assert told(alerts_of(opened(again), (), (CLERK,), memory)) == {"Mei": {"AT-01": 1}}


def test_what_has_nobody_goes_to_the_data_engineers_and_is_said() -> None:
    what = opened(finding(1, "0199"), finding(2, ""), finding(3, "", STAFF))
    (alert,) = alerts_of(what, (), (CLERK, ENGINEER), {})
    assert (alert.person, alert.stands_in_for) == (ENGINEER, ("attendance_clerk", "human_resources"))
    assert "nobody is listed as: Attendance clerk, Human resources." in plain_text(alert, "Sample", str)
    assert unreached(what, (CLERK, ENGINEER)) == 0
    assert alerts_of(what, (), (CLERK,), {}) == ()
    assert unreached(what, (CLERK,)) == 3


def test_a_message_says_how_many_where_why_and_how_and_points_to_five_lines() -> None:
    what = opened(*(finding(number) for number in range(11, 19)), finding(20, "0101", overdue=True))
    (alert,) = alerts_of(what, (), (CLERK,), {})
    text = plain_text(alert, "Sample", lambda rule: f"https://example.org/{rule}")
    for part in (
        "[error] Attendance event outside enrolment (AT-01)",
        "8 new, 1 overdue, oldest 7 school day(s)",
        "attendance.csv: 11, 12, 13, 14, 15 …",
        "The student was not enrolled.",
        "Correct the date.",
        "https://example.org/AT-01",
    ):
        assert part in text
    assert subject(alert, "Sample") == "Sample: 9 data finding(s) to mend"
    in_spanish = plain_text(replace(alert, person=CLERK.model_copy(update={"language": "es"})), "Sample", str)
    assert "8 nuevo(s), 1 vencido(s)" in in_spanish


def test_a_chat_message_keeps_the_limits_and_makes_nothing_of_what_was_delivered() -> None:
    rules = {
        f"R{number}:t": replace(ATTENDANCE, key=f"R{number}:t", rule_id=f"R{number}", meaning="m" * 4000)
        for number in range(80)
    }
    found = tuple(
        replace(finding(number, rule=rule), source_file="<!channel>.csv") for number, rule in enumerate(rules.values())
    )
    (alert,) = alerts_of(OpenFindings("r", "r", rules, found), (), (CLERK,), {})
    message = slack_message(alert, "Sample", str)
    assert len(message["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in message["blocks"])
    assert "<!channel>" not in str(message)
    assert f"under {80 - RULES_SHOWN} more rules" in str(message)
    # All of them count as told: the message says how many there are.
    assert len(alert.told) == 80


def test_held_metrics_and_failed_runs_are_told_once_to_the_owner_and_the_engineers() -> None:
    reason = Reason(
        rule_id="AT-01", title="Outside", source_table="sis_files__attendance", rows_failed=3, reason="Why.", fix="How."
    )
    held = ServedMetric(snapshot_id=None, state="raw", as_of=None, held=Hold(since=MONDAY, reasons=(reason,)))
    fine = ServedMetric(snapshot_id="s", state="certified", as_of=None, held=None)
    pointer = Pointer(
        snapshot_id="s", published_at=MONDAY, metrics={"absence_rate": held, "adm": held, "oss_rate": fine}
    )
    failed = StatusReason(**reason.model_dump() | {"rule_id": "landing", "title": "The landing step failed"})
    status = Status(attempted_at=MONDAY, run_id="run9", outcome="failed", snapshot_id=None, reasons=(failed,))
    notices = notices_of(opened(), pointer, status)
    assert [notice.title for notice in notices] == [
        "Held since 2026-09-07: absence_rate, adm",
        "Nothing new was published: The landing step failed",
    ]
    owner = Person(name="Luz", role="student_information_manager", email="luz@example.org")
    alerts = alerts_of(opened(), notices, (owner, ENGINEER, CLERK), {})
    assert {one.person.name: len(one.notices) for one in alerts} == {"Luz": 1, "Noor": 2}
    memory = after(alerts, {}, opened(), notices)
    assert alerts_of(opened(), notices, (owner, ENGINEER, CLERK), memory) == ()
    assert notices_of(opened(), pointer, status.model_copy(update={"outcome": "published", "reasons": ()})) == (
        notices[0],
    )
