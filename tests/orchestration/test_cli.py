"""The `stocktake` command: what the user can mend is said in a sentence, without a traceback."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.district import read_district
from orchestration import cli
from orchestration.cli import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", str(tmp_path / "data"))
    for name in ("STOCKTAKE_DISTRICT_FILE", "STOCKTAKE_WAREHOUSE_FILE", "STOCKTAKE_SERVING_DIR"):
        monkeypatch.delenv(name, raising=False)


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run the command; its console writes to the stream it found when it was loaded."""
    result = runner.invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join((capfd.readouterr().out + result.output).split())


@pytest.fixture(autouse=True)
def _console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "console", cli.Console(width=400))


def test_every_command_is_listed() -> None:
    shown = runner.invoke(app, ["--help"]).output
    commands = ("run", "replay", "serve", "sample", "status", "waive", "waivers", "doctor", "certify", "diff")
    for command in commands:
        assert command in shown


def test_serve_refuses_a_taken_port_and_names_the_setting(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("STOCKTAKE_WEBSERVER_PORT", str(taken.getsockname()[1]))
        code, output = said(capfd, "serve")
    assert code == 2
    assert "is taken" in output
    assert "STOCKTAKE_WEBSERVER_PORT" in output


def test_run_refuses_a_district_file_that_is_not_there(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STOCKTAKE_DISTRICT_FILE", str(tmp_path / "none.yml"))
    code, output = said(capfd, "doctor")
    assert code == 1
    assert "No district file at" in output


def test_a_folder_that_cannot_be_written_is_named(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", str(tmp_path / "file"))
    code, output = said(capfd, "run")
    assert code == 2
    assert "cannot write to" in output


def test_a_wrong_setting_is_named(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKTAKE_WEBSERVER_PORT", "many")
    code, output = said(capfd, "run")
    assert code == 2
    assert "STOCKTAKE_WEBSERVER_PORT is wrong" in output


def test_status_before_the_first_run_says_what_to_do(capfd: pytest.CaptureFixture[str]) -> None:
    code, output = said(capfd, "status")
    assert code == 1
    assert "No snapshot is served yet" in output


def test_sample_writes_a_district_that_doctor_finds_complete(capfd: pytest.CaptureFixture[str]) -> None:
    code, output = said(capfd, "sample", "--students", "100", "--years", "1")
    assert code == 0
    assert "Sample district: 100 students" in output
    code, output = said(capfd, "doctor")
    assert "oneroster 1.2: bundle in the root, 9 file(s)" in output
    assert "no file matches" not in output


def test_the_sample_district_may_be_kept_in_a_database_too(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, output = said(capfd, "sample", "--students", "60", "--schools", "3", "--years", "1", "--as-database")
    assert code == 0, output
    district_file = tmp_path / "data" / "sample_district" / "district_database.yml"
    assert f"STOCKTAKE_DISTRICT_FILE={district_file}" in output
    source = read_district(district_file).sources["sis_database"]
    assert (source.root / source.connection["database"]).is_file()


WAIVE = ("waive", "AT-01", "--school", "0101", "--reason", "known since spring", "--by", "Ada One, registrar")


def test_a_waiver_is_written_listed_and_revoked(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    (tmp_path / "data" / "sample_district").mkdir(parents=True)
    for number in (1, 2):
        code, output = said(capfd, *WAIVE, "--until", str(today + timedelta(days=30)))
        assert (code, f"W-{today.year}-{number} holds until" in output) == (0, True), output
    code, output = said(capfd, "waive", "--revoke", f"W-{today.year}-1")
    assert (code, "is revoked" in output) == (0, True), output
    code, output = said(capfd, "waivers")
    assert code == 0
    assert "school 0101" in output
    assert [word for word in output.split() if word in ("revoked", "holds", "expired")] == ["revoked", "holds"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*WAIVE, "--until", "soon"), "until: Input should be a valid date"),
        ((*WAIVE, "--until", "2020-01-01"), "until must lie between decided_on and 366 days after it"),
        ((*WAIVE, "--until", str(datetime.now(UTC).date()), "--kind", "maybe"), "kind: Input should be"),
        (("waive", "AT-11", *WAIVE[2:], "--until", str(datetime.now(UTC).date())), "cannot be waived"),
        (("waive", "--revoke", "W-1"), "has no waiver W-1"),
        (("waive",), "Name either the rule to waive or, with --revoke"),
        (("replay", "--source", "nowhere"), "There is no source nowhere"),
        (("replay",), "Nothing has been judged yet"),
    ],
)
def test_what_cannot_be_decided_or_judged_again_is_said_and_nothing_written(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "data" / "sample_district").mkdir(parents=True)
    code, output = said(capfd, *arguments)
    assert code == 2
    assert message in output
    assert list((tmp_path / "data" / "sample_district").iterdir()) == []
