"""Following `quality.json`: swaps under an open lease, damage that stops no figure, and a locked connection."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.snapshots.pointer import ReportPointer
from api.snapshots.report import Report
from api.snapshots.snapshot import SnapshotError
from api.snapshots.store import SnapshotStore
from tests.api import quality_reports
from tests.api.serving_folder import SECOND, ServingFolder
from tests.api.test_errors import problem_of
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse

ClientOf = Callable[..., TestClient]
LATER = NOW + timedelta(hours=1)


def report_file(folder: ServingFolder, report_id: str) -> Path:
    return folder.root / "reports" / f"{report_id}.duckdb"


def damage(folder: ServingFolder, report_id: str) -> None:
    with report_file(folder, report_id).open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage")


def test_a_report_stays_open_as_long_as_a_request_uses_it(
    folder: ServingFolder, judged_warehouse: MadeUpWarehouse
) -> None:
    first = quality_reports.publish(judged_warehouse, folder.root)
    store = SnapshotStore(folder.root, threads=1, memory="200MB")
    with store.lease() as old:
        second = quality_reports.publish(judged_warehouse, folder.root, now=LATER)
        report_file(folder, first).unlink()
        with store.lease() as new:
            assert new.quality().id == second and new.tag != old.tag
            assert store.open_reports() == (first, second)
        assert store.open_reports() == (first, second)
        assert old.quality().rows("select count(*) > 0 as found from quality_report.result", {}) == [{"found": True}]
    assert store.open_reports() == (second,)
    store.close()
    assert store.open_reports() == ()


def test_damage_leaves_the_figures_and_the_former_report(
    folder: ServingFolder, students: pd.DataFrame, judged_warehouse: MadeUpWarehouse, client_of: ClientOf
) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    first = quality_reports.publish(judged_warehouse, folder.root)
    client = client_of(folder)
    assert client.get("/v1/quality").json()["report_id"] == first
    before = client.get("/v1/query?metrics=enrollment").json()

    # Damaged before the API sees it: what is published elsewhere is swapped in as a whole.
    pointer = (folder.root / "quality.json").read_text()
    second = quality_reports.publish(judged_warehouse, folder.root, now=LATER)
    damage(folder, second)
    answer = client.get("/v1/query?metrics=enrollment").json()
    assert answer["data"] == before["data"]
    assert answer["meta"]["metrics"] == before["meta"]["metrics"]
    (notice,) = answer["meta"]["notices"]
    assert "SHA-256" in notice and "report before" in notice and str(folder.root) not in notice
    assert client.get("/v1/quality").json()["report_id"] == first
    assert client.get("/v1/quality").json()["notices"] == [notice]

    (folder.root / "quality.json").write_text(pointer)
    assert client.get("/v1/query?metrics=enrollment").json()["meta"]["notices"] == []


@pytest.mark.parametrize("harm", ["pointer", "missing", "tables", "outside"])
def test_after_a_restart_a_report_that_cannot_be_read_stops_no_figure(
    folder: ServingFolder, students: pd.DataFrame, judged_warehouse: MadeUpWarehouse, client_of: ClientOf, harm: str
) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    report_id = quality_reports.publish(judged_warehouse, folder.root)
    pointer = json.loads((folder.root / "quality.json").read_text())
    if harm == "pointer":
        (folder.root / "quality.json").write_text('{"format": 1, "rep')
    elif harm == "missing":
        report_file(folder, report_id).unlink()
    elif harm == "tables":
        with duckdb.connect(str(report_file(folder, report_id))) as connection:
            connection.execute("drop table result")
        (folder.root / "quality.json").write_text(json.dumps({**pointer, "sha256": None}))
    else:
        (folder.root / "quality.json").write_text(json.dumps({**pointer, "report_id": f"../reports/{report_id}"}))
    client = client_of(folder)
    answer = client.get("/v1/query?metrics=enrollment").json()
    assert answer["data"][0]["value"] > 0
    assert answer["meta"]["metrics"]["enrollment"]["findings"] is None
    assert "report on data quality cannot be read" in answer["meta"]["notices"][0]
    problem = problem_of(client.get("/v1/quality"), 503, "report-unreadable")
    assert str(folder.root) not in problem.model_dump_json()
    assert client.get("/v1/freshness").json()["snapshot_id"] == SECOND


def test_the_connection_is_locked_down(folder: ServingFolder, judged_warehouse: MadeUpWarehouse) -> None:
    quality_reports.publish(judged_warehouse, folder.root)
    pointer = ReportPointer.model_validate_json((folder.root / "quality.json").read_bytes())
    report = Report.open(folder.root / "reports", pointer, threads=1, memory="200MB")
    for statement in (
        "select * from read_csv('/etc/passwd')",
        f"attach '{folder.root}/other.duckdb'",
        "set enable_external_access = true",
        "delete from quality_report.result",
    ):
        with pytest.raises(duckdb.Error):
            report.rows(statement, {})
    report.close()
    with pytest.raises(SnapshotError, match="no-such"):
        Report.open(
            folder.root / "reports",
            pointer.model_copy(update={"report_id": "no-such"}),
            threads=1,
            memory="200MB",
        )
