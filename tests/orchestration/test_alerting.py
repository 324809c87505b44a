"""Alerts from a published report to a mailbox and a chat; told counts only what was accepted."""

import json
from pathlib import Path

import dagster as dg
import pytest

from orchestration.alerting import deliver_due
from orchestration.defs.verify.sensors import quality_alerts
from orchestration.message_delivery import DeliveryError
from orchestration.sample import SAMPLE_DISTRICT_FILE
from quality.alert_memory import MEMORY_NAME, read_memory
from quality.quality_report import publish_report
from quality.scorecards import SCORECARDS_NAME
from tests.orchestration.smtp_sink import smtp_sink
from tests.orchestration.webhook_server import webhook_server
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

PEOPLE = """people:
  - {name: Mei, role: attendance_clerk, schools: ["101"], email: mei@example.org}
  - {name: Noor, role: data_engineer, webhook: NOOR_WEBHOOK}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The serving folder of a district in which an absence of school 101 lies before the enrolment."""
    sample = tmp_path / "data" / "sample_district"
    sample.mkdir(parents=True)
    (sample / "district.yml").write_text(SAMPLE_DISTRICT_FILE.read_text())
    (sample / "people.yml").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", str(tmp_path / "data"))
    for name in ("STOCKTAKE_DISTRICT_FILE", "STOCKTAKE_SERVING_DIR", "STOCKTAKE_SMTP_URL", "NOOR_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    serving = tmp_path / "data" / "serving"
    publish(serving)
    return serving


def publish(serving: Path, run_id: str = "r") -> None:
    warehouse = MadeUpWarehouse.clean()
    warehouse.variant("sis_files__attendance", attendance_id="x", attendance_date="2025-08-04")
    rules = [rule for rule in rules_on("sis_files__attendance") if rule.id == "AT-01"]
    warehouse.evaluate(*rules, now=NOW)
    publish_report(warehouse.connection, serving, run_id=run_id, now=NOW, freshness=(), balances=())
    warehouse.connection.close()


def test_a_mail_is_sent_once_and_a_refused_one_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_sink() as sink:
        monkeypatch.setenv("STOCKTAKE_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        sink.refuses = True
        delivered = deliver_due()
        assert delivered is not None
        assert (delivered.sent, len(delivered.failures)) == (0, 1)
        assert read_memory(folder) == {}
        sink.refuses = False
        delivered = deliver_due()
        assert delivered is not None
        assert (delivered.sent, delivered.failures) == (1, ())
        delivered = deliver_due()
        assert delivered is not None
        assert delivered.sent == 0
    (mail,) = sink.mails
    assert mail["To"] == "Mei <mei@example.org>"
    text = mail.get_content()
    assert "Attendance event outside enrolment" in text
    assert "1001" not in text


def test_a_failed_run_is_posted_to_the_engineers_once_its_message_is_accepted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "sample_district" / "people.yml").write_text(PEOPLE.replace("attendance_clerk", "registrar"))
    with webhook_server() as hook:
        monkeypatch.setenv("NOOR_WEBHOOK", hook.url)
        hook.status = 503
        failed = deliver_due(["run-1"])
        assert failed is not None
        assert "status 503" in failed.failures[-1]
        assert "secret-token" not in str(failed.failures)
        hook.status = 200
        deliver_due(["run-1"])
        deliver_due(["run-1"])
    (message,) = hook.messages
    assert "Run run-1 ended before it could publish" in json.dumps(message)
    assert "secret-token" not in (folder / MEMORY_NAME).read_text()


def test_a_scorecard_is_mailed_once_to_the_people_of_its_school(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week = folder / SCORECARDS_NAME / "2026-06-08"
    week.mkdir(parents=True)
    for school in ("101", "102"):
        (week / f"{school}.html").write_text(f"<html>{school}</html>")
        (week / f"{school}.csv").write_text("rule\n")
    with smtp_sink() as sink:
        monkeypatch.setenv("STOCKTAKE_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        deliver_due()
        deliver_due()
    names = [[part.get_filename() for part in mail.iter_attachments()] for mail in sink.mails]
    assert names == [[], ["101.html", "101.csv"]]


def said(instance: dg.DagsterInstance) -> str:
    result = quality_alerts(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SkipReason)
    return result.skip_message or ""


def test_the_sensor_is_silent_without_people_and_never_raises(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = folder.parent / "sample_district" / "people.yml"
    with dg.DagsterInstance.ephemeral() as instance:
        people.unlink()
        assert "nobody to tell" in said(instance)
        people.write_text("people: all")
        assert "Nobody was told: people.yml must have a list" in said(instance)
        people.write_text(PEOPLE.splitlines()[0] + "\n" + PEOPLE.splitlines()[1])
        assert "there is no mail server" in said(instance)
        with pytest.raises(DeliveryError):
            deliver_due()
        with smtp_sink() as sink:
            monkeypatch.setenv("STOCKTAKE_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
            assert "1 messages sent, 0 not accepted" in said(instance)
        (folder / MEMORY_NAME).write_text("{")
        assert "alerts.json in the serving folder is damaged" in said(instance)


def test_what_a_run_finds_is_told_when_it_has_ended(folder: Path) -> None:
    @dg.job
    def refresh() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
        publish(folder, run.run_id)
        assert "A run is going on" in said(instance)
