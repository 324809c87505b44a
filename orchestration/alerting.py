"""Tells people what is due: alerts by webhook and mail, scorecards by mail; each is remembered once it was accepted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingestion.district import read_district
from ingestion.errors import SecretError
from ingestion.settings import IngestionSettings, Secret, read_secret
from orchestration.defs.verify.rule_checks import rule_check_name
from orchestration.message_delivery import Attachment, DeliveryError, Mail, post_webhook, send_mail
from orchestration.settings import OrchestrationSettings, people_file, serving_dir
from quality.alert_memory import read_memory, write_memory
from quality.alert_text import plain_text, slack_message, subject
from quality.alerts import Alert, Memory, Notice, Told, alerts_of, notices_of, remembered, unreached
from quality.open_findings import OpenFindings, read_open_findings
from quality.people import Person, read_people
from quality.published_files import read_pointer, read_status
from quality.scorecards import latest_scorecards, page_name


@dataclass(frozen=True)
class Delivered:
    """What came of one round.

    Attributes:
        sent: messages that were accepted.
        failures: who could not be told, and why; they are tried again in the next round.
        unreached: findings that nobody is told about.
    """

    sent: int
    failures: tuple[str, ...]
    unreached: int = 0


def deliver_due(failed_runs: Sequence[str] = ()) -> Delivered | None:
    """Send everything that is due.

    Args:
        failed_runs: ids of runs that failed, of which the newest is told.

    Returns:
        None when the district has listed no people, or nothing was judged yet.

    Raises:
        DeliveryError: there is no way to send anything to anybody.
        QualityError: the list of people or a published file is wrong.
        IngestionError: the district file is wrong.
    """
    ingestion, folder = IngestionSettings(), serving_dir()
    people = read_people(people_file(ingestion))
    if not people:
        return None
    if OrchestrationSettings().smtp_url is None and not any(person.webhook for person in people):
        raise DeliveryError("there is no mail server; set STOCKTAKE_SMTP_URL, or name a webhook in people.yml")
    opened = read_open_findings(folder)
    notices = list(notices_of(opened, read_pointer(folder), read_status(folder))) if opened else []
    notices += _failed(failed_runs, notices)
    if opened is None:
        if not notices:
            return None
        opened = OpenFindings("", "", {}, ())
    district = read_district(ingestion.resolved_district_file, ingestion.deliveries_dir).district.name
    memory = read_memory(folder)
    cards = list(_scorecards_due(folder, people, memory, district))
    still = {*(one.key for one in opened.findings), *(one.key for one in notices), *(card.key for card in cards)}
    still |= {key for told in memory.values() for key in told if key.startswith(_latest_prefix(folder))}
    due = [
        _Due(one.person, one.told, partial(_send, one, district)) for one in alerts_of(opened, notices, people, memory)
    ]
    due += [_Due(card.person, {card.key: "once"}, partial(_mail, card.mail)) for card in cards]
    failures = []
    for message in due:
        try:
            message.send()
        except (DeliveryError, SecretError) as error:
            failures.append(f"{message.person.key}: {error}")
            continue
        # After each message, so that a round that is cut off repeats nothing.
        memory = remembered(memory, {message.person.key: message.told}, still)
        write_memory(folder, memory)
    return Delivered(len(due) - len(failures), tuple(failures), unreached(opened, people))


@dataclass(frozen=True)
class _Due:
    """A message, how to send it, and what is remembered once it was accepted."""

    person: Person
    told: Mapping[str, Told]
    send: Callable[[], None]


def dagster_link(rule_id: str) -> str:
    """Address of a rule's check in the Dagster UI."""
    base = OrchestrationSettings().resolved_dagster_url
    return f"{base}/assets/quarantine/rule_results?view=checks&checkDetail={rule_check_name(rule_id)}"


def _failed(run_ids: Sequence[str], told_otherwise: Sequence[Notice]) -> list[Notice]:
    """A notice of the newest run that failed without leaving its reason to readers."""
    for run_id in run_ids[:1]:
        if not any(notice.key.startswith(f"run:{run_id}:") for notice in told_otherwise):
            return [
                Notice(
                    key=f"run:{run_id}:",
                    title="A run failed",
                    text=f"Run {run_id} ended before it could publish.",
                    fix=f"See {OrchestrationSettings().resolved_dagster_url}/runs/{run_id} and run again.",
                )
            ]
    return []


def _send(alert: Alert, district: str) -> None:
    """By every way that the person has; one that takes the message is enough for it to count as told."""
    person = alert.person
    problems: list[Exception] = []
    accepted = False
    if person.webhook:
        try:
            url = read_secret(Secret(env=person.webhook), f"the webhook of {person.name}")
            post_webhook(url, slack_message(alert, district, dagster_link))
            accepted = True
        except (DeliveryError, SecretError) as error:
            problems.append(error)
    if person.email:
        text = plain_text(alert, district, dagster_link)
        try:
            _mail(Mail(person.name, person.email, subject(alert, district), text, person.language))
            accepted = True
        except DeliveryError as error:
            problems.append(error)
    if not accepted:
        raise problems[0]


def _mail(mail: Mail) -> None:
    settings = OrchestrationSettings()
    if settings.smtp_url is None:
        raise DeliveryError("no mail server is set; set STOCKTAKE_SMTP_URL")
    send_mail(settings.smtp_url.get_secret_value(), settings.mail_from, mail)


@dataclass(frozen=True)
class _Card:
    key: str
    person: Person
    mail: Mail


def _latest_prefix(folder: Path) -> str:
    latest = latest_scorecards(folder)
    return f"scorecard:{latest.name}:" if latest else "scorecard:none:"


def _scorecards_due(folder: Path, people: Sequence[Person], memory: Memory, district: str) -> Iterator[_Card]:
    """The newest scorecards that people of a school have not had; one mail for each of their schools."""
    latest = latest_scorecards(folder)
    if latest is None:
        return
    for person in people:
        for school in person.schools if person.email else ():
            key = f"{_latest_prefix(folder)}{school}"
            page, table = latest / f"{page_name(school)}.html", latest / f"{page_name(school)}.csv"
            if key in memory.get(person.key, {}) or not page.is_file():
                continue
            yield _Card(
                key,
                person,
                Mail(
                    person.name,
                    person.email,
                    f"{district}: data quality of school {school}, week of {latest.name}",
                    f"Attached: what is open in the data of school {school}, as a page and as a table.\n",
                    attachments=(
                        Attachment(page.name, page.read_text(encoding="utf-8"), "html"),
                        Attachment(table.name, table.read_text(encoding="utf-8"), "csv"),
                    ),
                ),
            )
