"""From validated to restated on a made-up district: what readers are told after each step, and what is refused."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from quality.certification.frozen import FIGURES_NAME, FROZEN_MANIFEST_NAME, version_folder
from quality.certification.ledger import LEDGER_NAME
from quality.certification.records import Person
from quality.certification.steps import all_windows, frozen_version
from quality.certification.windows import Window
from quality.errors import CertificationError, LedgerError
from quality.published_files import read_status
from quality.rule_results import RuleResult, judge
from quality.snapshots import published_snapshots
from tests.quality.certification.certified_district import MT_03, STEWARD, WINDOW, CertifiedDistrict
from tests.quality.made_up_warehouse import RULES


@pytest.fixture
def district(tmp_path: Path) -> Iterator[CertifiedDistrict]:
    district = CertifiedDistrict(tmp_path)
    yield district
    district.connection.close()


def found(rule_id: str, *metrics: str, severity: str = "error") -> RuleResult:
    rule = next(rule for rule in RULES if rule.id == rule_id)
    return RuleResult(
        **{name: getattr(rule, name) for name in ("title", "stage", "action", "tolerance_percent", "reason", "fix")},
        rule_id=rule_id,
        source_table=rule.table,
        severity=severity,
        rows_checked=10,
        rows_failed=4,
        outcome=judge(10, 4, severity, 0),  # type: ignore[arg-type]
        metrics=metrics,
        evaluated_at="2026-06-10T15:00:00Z",
        run_id="run",
    )


def test_readers_see_each_step(district: CertifiedDistrict) -> None:
    district.publish()
    assert district.states() == ["validated"] * 3
    assert district.served("enrollment").windows == ()
    district.open()
    assert district.window("enrollment").state == "validated"
    district.review()
    assert district.states() == ["reviewed", "reviewed", "validated"]
    district.sign()
    assert district.states() == ["certified", "certified", "validated"]
    district.freeze()
    assert district.states() == ["frozen", "frozen", "validated"]
    window = district.window("attendance_rate")
    assert (window.window, window.version, window.school_year) == ("spring", 1, 2026)
    assert district.served("dropout_rate").windows == ()


def test_new_figures_are_validated_and_the_same_figures_stay_certified(district: CertifiedDistrict) -> None:
    district.certify()
    district.publish()
    assert district.states() == ["certified", "certified", "validated"]
    district.figure("enrollment", 81)
    district.figure("attendance_rate", 99, year=2025)
    district.publish()
    # Another year's figures are not the window's.
    assert district.states() == ["validated", "certified", "validated"]
    with pytest.raises(CertificationError, match=r"enrollment have changed since Bo Lind .* signed them"):
        district.freeze()
    with pytest.raises(CertificationError, match=r"enrollment have changed since Ana Reyes .* reviewed them"):
        district.sign()
    district.review()
    assert district.states() == ["reviewed", "reviewed", "validated"], "the signature was on other figures"
    district.sign()
    district.freeze()
    assert district.states() == ["frozen", "frozen", "validated"]


def test_a_window_of_some_schools_says_nothing_of_the_district(district: CertifiedDistrict) -> None:
    district.publish()
    district.open(WINDOW.model_copy(update={"schools": ("101",)}))
    district.review()
    district.sign()
    assert district.window("enrollment").state == "certified"
    assert district.served("enrollment").state == "validated"
    district.figure("enrollment", 81)
    district.publish()
    assert district.window("enrollment").state == "certified", "the district's figure is not the window's"
    district.figure("enrollment", 31, school="101")
    district.publish()
    assert district.window("enrollment").state == "validated"


def test_a_metric_that_a_rule_holds_cannot_be_signed_for(district: CertifiedDistrict) -> None:
    district.publish(found("EN-01", "enrollment", severity="fatal"))
    district.open()
    with pytest.raises(CertificationError, match=r"enrollment did not pass the gates .* `stocktake status`"):
        district.review()


def test_open_errors_are_acknowledged_with_a_reason_waived_or_in_the_way(district: CertifiedDistrict) -> None:
    open_rule = found("EN-07", "attendance_rate")
    district.publish(open_rule, found("EN-13", "enrollment", severity="warn"), found("EN-03", "dropout_rate"))
    district.open()
    with pytest.raises(CertificationError, match=r"1 rule .*EN-07.*--acknowledge \"EN-07=") as refusal:
        district.review()
    assert "EN-13" not in str(refusal.value), "a warning needs no reason"
    assert "EN-03" not in str(refusal.value), "it concerns no metric of the window"
    with pytest.raises(CertificationError, match="EN-07"):
        district.review(EN_07=" ")
    district.review(EN_07="the school has closed")
    district.sign()
    assert all_windows(district.serving)["spring"].acknowledged == {"EN-07": "the school has closed"}

    district.open()
    with pytest.raises(CertificationError, match="EN-07"):
        district.review()
    district.publish(open_rule.model_copy(update={"rows_failed": 0, "rows_waived": 4, "outcome": "pass"}))
    district.review()
    district.sign()
    district.freeze()
    _, manifest = frozen_version(district.serving, "spring", 1)
    assert [(rule.rule_id, rule.rows_failed, rule.rows_waived) for rule in manifest.open_rules] == [("EN-07", 0, 4)]


def test_a_window_rests_on_the_rules_that_it_was_opened_with(
    district: CertifiedDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.publish()
    district.open()
    monkeypatch.setattr("quality.snapshots.current_rule_set", lambda: "other rules")
    district.publish()
    with pytest.raises(CertificationError, match=r"rules .* open it again"):
        district.review()


def test_the_day_is_the_districts(district: CertifiedDistrict) -> None:
    district.publish()
    district.open()
    # In Chicago it is still the last day of the window.
    district.now = district.now.replace(month=7, day=1, hour=2)
    district.review()
    district.now += timedelta(hours=4)
    with pytest.raises(CertificationError, match="today is 2026-07-01"):
        district.sign()


def test_frozen_figures_go_on_being_served_until_they_are_restated(district: CertifiedDistrict) -> None:
    district.certify()
    frozen_from = district.pointer().snapshot_id
    district.freeze()
    district.figure("attendance_rate", 84)
    district.figure("attendance_rate", 31, school="101")
    district.figure("dropout_rate", 7)
    result = district.publish()

    assert result.outcome == "published_with_holds"
    served = district.served("attendance_rate")
    assert (served.snapshot_id, served.state, district.window("attendance_rate").state) == (
        frozen_from,
        "frozen",
        "frozen",
    )
    assert served.held is not None
    (reason,) = served.held.reasons
    assert (reason.rule_id, reason.rows_failed) == ("MT-03", 2)
    assert "Of window spring, version 1, 2 figures differ, the value by up to 4: attendance_rate (2)." in reason.reason
    assert "stocktake certify restate" in reason.fix
    assert district.served("enrollment").held is None, "its frozen figures are as they were"
    status = read_status(district.serving)
    assert status is not None
    assert status.reasons[0].metrics == ("attendance_rate",)

    district.restate()
    assert district.served("attendance_rate").snapshot_id == frozen_from
    district.publish()
    assert district.states() == ["frozen", "restated", "validated"]
    assert district.served("attendance_rate").held is None
    assert district.window("attendance_rate").version == 2


def test_a_restatement_keeps_the_first_version_and_says_what_changed_and_why(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    district.figure("attendance_rate", 84)
    district.publish()
    district.restate("a school sent its attendance again")
    _, first = frozen_version(district.serving, "spring", 1)
    _, second = frozen_version(district.serving, "spring", 2)
    assert second.reason == "a school sent its attendance again"
    (change,) = second.changes
    assert (change.metric_id, change.changed, change.largest_change, change.groups) == (
        "attendance_rate",
        1,
        4.0,
        ("all=all",),
    )
    assert first.content_hash != second.content_hash
    assert (first.reviewed_by, first.signed_by) == (STEWARD, Person(name="Bo Lind", role="superintendent"))

    def figure(version: int) -> int:
        path = version_folder(district.serving, "spring", version) / FIGURES_NAME
        sql = f"select numerator from '{path}' where metric_id = 'attendance_rate' and organization = 'district'"
        ((numerator,),) = duckdb.sql(sql).fetchall()
        return int(numerator)

    assert (figure(1), figure(2)) == (80, 84)
    changes = version_folder(district.serving, "spring", 2) / "changes.parquet"
    assert duckdb.sql(f"select numerator_before, numerator_after from '{changes}'").fetchall() == [(80, 84)]


def test_when_all_metrics_are_frozen_and_changed_there_is_a_snapshot_to_restate_from(
    district: CertifiedDistrict,
) -> None:
    district.publish()
    district.open(WINDOW.model_copy(update={"metrics": ("enrollment", "attendance_rate", "dropout_rate")}))
    district.review()
    district.sign()
    district.freeze()
    district.connection.execute("update marts.mart_metric_by_group set numerator = 1 where school_year = 2026")
    result = district.publish()
    assert result.snapshot_id == district.pointer().snapshot_id
    assert {district.served(metric).snapshot_id for metric in ("enrollment", "dropout_rate")} != {result.snapshot_id}
    district.restate()
    district.publish()
    assert district.states() == ["restated"] * 3


def test_figures_that_fail_other_checks_do_not_become_a_restatement(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    district.figure("attendance_rate", 84)
    district.publish(found("AT-01", "attendance_rate", severity="fatal"))
    with pytest.raises(CertificationError, match="attendance_rate failed other checks"):
        district.restate()


def test_a_year_that_the_warehouse_no_longer_holds_contradicts_nothing(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    district.connection.execute("delete from marts.mart_metric_by_group where school_year = 2026")
    district.publish()
    assert district.served("attendance_rate").held is None
    assert district.window("attendance_rate").state == "validated"


def test_a_snapshot_that_somebody_signed_for_is_never_pruned(district: CertifiedDistrict) -> None:
    district.certify()
    signed = district.pointer().snapshot_id
    district.figure("enrollment", 81)
    for _ in range(3):
        district.publish(kept=1)
    assert set(published_snapshots(district.serving)) == {signed, district.pointer().snapshot_id}
    district.open()
    district.publish(kept=1)
    assert signed not in published_snapshots(district.serving), "opened again, nobody has signed for it"


def test_a_frozen_file_that_was_changed_stops_the_run_and_is_named(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    manifest = version_folder(district.serving, "spring", 1) / FROZEN_MANIFEST_NAME
    content = json.loads(manifest.read_text())
    manifest.chmod(0o644)
    manifest.write_text(json.dumps({**content, "rule_set": "other"}))
    with pytest.raises(LedgerError, match=r"frozen/spring/1/manifest\.json is not what was frozen"):
        district.publish()


def test_a_ledger_that_is_not_whole_changes_nothing_that_is_served(district: CertifiedDistrict) -> None:
    district.certify()
    before = district.pointer()
    ledger = district.serving / LEDGER_NAME
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(lines[:-1]))
    with pytest.raises(LedgerError, match="entries are missing"):
        district.publish()
    assert district.pointer() == before


def test_a_version_that_was_written_but_not_recorded_is_written_anew(district: CertifiedDistrict) -> None:
    district.certify()
    left = version_folder(district.serving, "spring", 1)
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("half")
    district.freeze()
    assert frozen_version(district.serving, "spring", 1)[1].version == 1


def test_mt_03_names_only_the_metrics_that_changed(district: CertifiedDistrict) -> None:
    assert MT_03.metrics == ("*",)
    district.certify()
    district.freeze()
    district.figure("enrollment", 82)
    district.publish()
    assert district.served("attendance_rate").held is None
    assert district.served("dropout_rate").held is None
    assert district.served("enrollment").held is not None


@pytest.mark.parametrize("window", [Window.model_validate({**WINDOW.model_dump(), "school_year": 2031})])
def test_a_year_without_figures_cannot_be_certified(district: CertifiedDistrict, window: Window) -> None:
    district.publish()
    district.open(window)
    with pytest.raises(CertificationError, match="no school year 2031"):
        district.review()
