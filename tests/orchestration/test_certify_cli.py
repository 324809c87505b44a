"""`stocktake certify` and `diff` on a made-up district: every step, and refusals as one sentence."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration import certify_cli, cli
from orchestration.cli import app
from tests.quality.certification.certified_district import CertifiedDistrict

Command = Callable[..., tuple[int, str]]
ANA, BO = "Ana Reyes/steward", "Bo Lind/designee"


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CertifiedDistrict]:
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STOCKTAKE_DISTRICT_FILE", str(tmp_path / "district.yml"))
    today = datetime.now(UTC)
    window = [
        "id: spring",
        "title: Spring",
        "school_year: 2026",
        f"opens_on: {today.year - 1}-01-01",
        f"closes_on: {today.year + 1}-12-31",
        "metrics: [enrollment, attendance_rate]",
    ]
    (tmp_path / "certification_windows.yml").write_text("windows:\n  - " + "\n    ".join(window))
    district = CertifiedDistrict(tmp_path)
    yield district
    district.connection.close()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(certify_cli, "console", certify_cli.Console(width=400))

    monkeypatch.setattr(cli, "console", cli.Console(width=400))

    def run(*arguments: str) -> tuple[int, str]:
        words = arguments if arguments[0] == "diff" else ("certify", *arguments)
        result = CliRunner().invoke(app, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, " ".join((capfd.readouterr().out + result.output).split())

    return run


def test_from_open_to_restated(district: CertifiedDistrict, command: Command) -> None:
    district.publish()
    assert "not opened" in command("status")[1]
    for step, by, told in (
        ("open", ANA, "2 metrics of 2026"),
        ("review", ANA, "spring is reviewed"),
        ("sign", BO, "spring is certified"),
        ("freeze", ANA, "frozen as version 1"),
    ):
        code, output = command(step, "--window", "spring", "--by", by)
        assert (code, told in output) == (0, True), output
    assert "now frozen: 2 metrics" in command("status")[1]

    district.figure("attendance_rate", 84)
    district.publish()
    code, output = command("status")
    assert "held: What was certified and frozen" in output
    assert "1 figures differ, the value by up to 4" in output
    code, output = command("restate", "--window", "spring", "--by", BO, "--reason", "a school sent its file again")
    assert code == 0
    assert "restated as version 2: 1 figures differ from version 1" in output
    district.publish()
    code, output = command("status")
    assert "restated: 1 metrics" in output
    assert "a school sent its file again" in output
    assert "Bo Lind (designee)" in output


def test_diff_is_for_people_and_for_programs(district: CertifiedDistrict, command: Command) -> None:
    first = district.publish().snapshot_id
    district.figure("attendance_rate", 84)
    district.figure("attendance_rate", 34, school="101")
    second = district.publish().snapshot_id
    code, output = command("diff", str(first), str(second), "--limit", "1")
    assert code == 0
    for told in ("mart_metric_by_group", "80 (80 / 100, n 100)", "84 (84 / 100, n 100)", "The first 1 of 2 figures"):
        assert told in output
    found = json.loads(command("diff", str(first), str(second), "--json")[1])
    assert (found["figures_total"], found["figures"][0]["after"]["numerator"]) == (2, 84)
    assert "Nothing differs" in command("diff", str(first), str(first))[1]
    code, output = command("diff", str(first), "spring@1")
    assert (code, "certify open --window spring" in output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("open", "--window", "fall", "--by", ANA), "defines no window 'fall' (defined: spring)"),
        (("open", "--window", "spring", "--by", "Ana"), 'write it as "Ana Reyes/steward"'),
        (("review", "--window", "spring", "--by", ANA), "run `stocktake certify open --window spring`"),
        (("freeze", "--window", "spring", "--by", ANA), "has not been opened"),
        (("status", "--window", "fall"), "defines no window 'fall'"),
    ],
)
def test_a_refusal_is_a_sentence_with_the_remedy(
    district: CertifiedDistrict, command: Command, arguments: tuple[str, ...], told: str
) -> None:
    district.publish()
    code, output = command(*arguments)
    assert code == 2
    assert told in output
    assert "Traceback" not in output


def test_signing_before_the_first_run_says_to_run(district: CertifiedDistrict, command: Command) -> None:
    command("open", "--window", "spring", "--by", ANA)
    code, output = command("review", "--window", "spring", "--by", ANA)
    assert (code, "stocktake run" in output) == (2, True)


def test_an_acknowledgement_needs_its_reason(district: CertifiedDistrict, command: Command) -> None:
    district.publish()
    command("open", "--window", "spring", "--by", ANA)
    code, output = command("review", "--window", "spring", "--by", ANA, "--acknowledge", "EN-07")
    assert (code, "gives no reason" in output) == (2, True)


def test_a_district_without_windows_is_told_where_to_write_them(
    district: CertifiedDistrict, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "certification_windows.yml").unlink()
    assert "docs/guides/certify-figures.md" in command("status")[1]
