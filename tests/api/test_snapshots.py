"""Following the pointer: holds, failed runs, swaps under load, and damage."""

import json
import threading
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.responses import MetricList, QueryAnswer, Status
from api.snapshots.snapshot import Snapshot, SnapshotError
from api.snapshots.store import SnapshotStore
from tests.api.serving_folder import FIRST, SECOND, ServingFolder

THIRD = "20261126T081944Z-cccccc"
ClientOf = Callable[..., TestClient]
REASON = {
    "rule_id": "AT-11",
    "title": "Attendance code is not mapped",
    "source_table": "sis_files__attendance",
    "rows_failed": 1204,
    "reason": "1,204 records carry a code that nothing maps.",
    "fix": "Add the code to the attendance crosswalk",
}
HOLD = {"since": "2026-11-24T08:19:12Z", "reasons": [REASON]}


def doubled(students: pd.DataFrame) -> pd.DataFrame:
    """The same students twice, so that every count tells which snapshot it comes from."""
    return pd.concat([students, students], ignore_index=True)


def enrolled(students: pd.DataFrame, year: int = 2026) -> int:
    rows = students[(students["scope"] == "district") & (students["school_year"] == year)]
    return int(rows["is_enrolled"].sum())


def value(client: TestClient, query: str = "metrics=enrollment") -> Any:
    response = client.get(f"/v1/query?{query}")
    assert response.status_code == 200, response.text
    return response.json()["data"][0]["value"]


def test_a_held_metric_comes_from_where_it_last_passed(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students[students["school_year"] == 2025], created_at="2026-11-20T08:19:44Z")
    folder.write_snapshot(SECOND, doubled(students))
    held = {"snapshot_id": FIRST, "as_of": "2026-06-01", "held": HOLD}
    folder.point(SECOND, overrides={"enrollment": held})
    client = client_of(folder)

    answer = client.get("/v1/query?metrics=enrollment,enrollment_census&school_year=2025").json()
    QueryAnswer.model_validate(answer)
    assert [row["value"] for row in answer["data"] if row["metric"] == "enrollment"] == [enrolled(students, 2025)]
    meta = answer["meta"]
    assert meta["metrics"]["enrollment"]["snapshot_id"] == FIRST
    assert meta["metrics"]["enrollment_census"]["snapshot_id"] == SECOND
    assert meta["metrics"]["enrollment"]["held"]["reasons"][0]["rule_id"] == "AT-11"
    # The whole is as old as its oldest part.
    assert (meta["snapshot_id"], meta["as_of"], meta["held"]) == (FIRST, "2026-06-01", True)
    (notice,) = meta["notices"]
    assert notice == (
        'Enrollment has been held since 2026-11-24 02:19 CST because of "Attendance code is not mapped" '
        "(1,204 rows in sis_files__attendance). "
        "Its figures are the last that passed, at 2026-11-20 02:19 CST, "
        "as of 2026-06-01. To release it: Add the code to the attendance crosswalk."
    )
    listed = MetricList.model_validate(client.get("/v1/metrics").json())
    assert {metric.id for metric in listed.data if metric.held} == {"enrollment"}


def test_a_year_that_only_the_newer_snapshot_has_is_pointed_out(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students[students["school_year"] == 2025])
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND, overrides={"enrollment": {"snapshot_id": FIRST, "held": HOLD}})
    answer = client_of(folder).get("/v1/query?metrics=enrollment,enrollment_census").json()
    assert [row["metric"] for row in answer["data"]] == ["enrollment_census"]
    assert any("no figures for 2026" in notice for notice in answer["meta"]["notices"])


def test_a_metric_that_never_passed_has_no_figures(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(SECOND, students)
    never = {"snapshot_id": None, "state": "raw", "as_of": None, "held": HOLD}
    folder.point(SECOND, overrides={"attendance_rate": never})
    client = client_of(folder)
    response = client.get("/v1/query?metrics=enrollment,attendance_rate")
    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "/docs#metric-not-certified"
    assert REASON["reason"] in problem["detail"]
    assert problem["remedy"] == REASON["fix"]
    assert problem["reasons"][0]["rule_id"] == "AT-11"
    assert client.get("/v1/query?metrics=enrollment").status_code == 200
    defined = client.get("/v1/metrics/attendance_rate").json()
    assert defined["certification"]["state"] == "raw"
    assert defined["certification"]["held"]["reasons"][0]["fix"] == REASON["fix"]


@pytest.mark.parametrize(("outcome", "words"), [("held", "was held because of"), ("failed", "failed because of")])
def test_a_run_that_published_nothing_is_told_of(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf, outcome: str, words: str
) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    folder.record_attempt("published")
    client = client_of(folder)
    assert client.get("/v1/query?metrics=enrollment").json()["meta"]["notices"] == []
    folder.record_attempt(outcome, [{**REASON, "metrics": ["*"]}])
    (notice,) = client.get("/v1/query?metrics=enrollment").json()["meta"]["notices"]
    assert notice.startswith("The last run, at 2026-11-25 02:00 CST, ")
    assert words in notice
    assert notice.endswith("Figures are those published at 2026-11-24 02:19 CST.")
    status = Status.model_validate(client.get("/v1/status").json())
    assert status.last_attempt is not None and status.last_attempt.outcome == outcome
    assert status.notices == [notice]


def test_status_and_health_answer_before_anything_is_published(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    client = client_of(folder)
    assert client.get("/healthz").json() == {"status": "ok", "serving": False, "snapshot_id": None}
    assert "stocktake run" in client.get("/v1/status").json()["notices"][0]
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    assert client.get("/healthz").json()["serving"] is True


def test_a_swap_under_load_fails_no_request(folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, doubled(students))
    folder.point(FIRST)
    client = client_of(folder)
    expected = {FIRST: enrolled(students), SECOND: 2 * enrolled(students)}
    stop, failures, seen = threading.Event(), [], set()

    def hammer() -> None:
        while not stop.is_set():
            response = client.get("/v1/query?metrics=enrollment")
            answer = response.json()
            snapshot = answer["meta"]["snapshot_id"] if response.status_code == 200 else None
            if snapshot is None or answer["data"][0]["value"] != expected[snapshot]:
                failures.append(response.text)
            seen.add(snapshot)

    threads = [threading.Thread(target=hammer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for swap in range(40):
        folder.point((SECOND, FIRST)[swap % 2])
        stop.wait(0.03)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert seen == {FIRST, SECOND}


def test_a_snapshot_stays_open_as_long_as_a_request_uses_it(folder: ServingFolder, students: pd.DataFrame) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, students)
    folder.point(FIRST)
    store = SnapshotStore(folder.root, threads=1, memory="200MB")
    with store.lease() as old:
        folder.point(SECOND)
        with store.lease() as new:
            assert new.current().id == SECOND
            assert store.open_snapshots() == (FIRST, SECOND)
        assert old.current().rows("select 1 as one", {}) == [{"one": 1}]
    assert store.open_snapshots() == (SECOND,)
    store.close()
    assert store.open_snapshots() == ()


def test_a_request_that_ends_during_a_refresh_closes_nothing_new(
    folder: ServingFolder, students: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    for snapshot_id in (FIRST, SECOND, THIRD):
        folder.write_snapshot(snapshot_id, students)
    folder.point(FIRST)
    store = SnapshotStore(folder.root, threads=1, memory="200MB")
    with store.lease():
        pass
    really_open = Snapshot.open

    def open_while_another_request_passes(*args: Any, **kwargs: Any) -> Snapshot:
        opened = really_open(*args, **kwargs)
        with store.lease() as meanwhile:
            assert meanwhile.current().id == FIRST
        return opened

    monkeypatch.setattr(Snapshot, "open", open_while_another_request_passes)
    folder.point(THIRD, overrides={"enrollment": {"snapshot_id": SECOND, "held": HOLD}})
    with store.lease() as served:
        for snapshot_id in (SECOND, THIRD):
            assert served.snapshot(snapshot_id).rows("select 1 as one", {}) == [{"one": 1}]
    assert store.open_snapshots() == (SECOND, THIRD)
    store.close()


def test_a_definition_comes_from_the_snapshot_of_its_figures(
    folder: ServingFolder, students: pd.DataFrame, manifest_json: str, client_of: ClientOf
) -> None:
    manifest = json.loads(manifest_json)
    for metric in manifest["metrics"]:
        if metric["name"] == "enrollment":
            metric["config"]["meta"]["stocktake"] |= {"version": "0", "minimum_n_report": 30}
    ServingFolder(folder.root, json.dumps(manifest)).write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND, overrides={"enrollment": {"snapshot_id": FIRST, "held": HOLD}})
    client = client_of(folder)
    defined = client.get("/v1/metrics/enrollment").json()
    assert (defined["version"], defined["minimum_n"]) == ("0", 30)
    meta = client.get("/v1/query?metrics=enrollment,oss_rate").json()["meta"]
    assert meta["metrics"]["enrollment"]["version"] == "0"
    assert meta["metrics"]["oss_rate"]["version"] != "0"
    assert meta["suppression"]["minimum_n"] == 30


def test_a_manifest_that_cannot_be_compiled_is_damage_like_any_other(
    folder: ServingFolder, students: pd.DataFrame, manifest_json: str, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.point(FIRST)
    client = client_of(folder)
    assert value(client) is not None
    manifest = json.loads(manifest_json)
    manifest["semantic_models"][0]["measures"][0]["agg"] = "no such aggregation"
    ServingFolder(folder.root, json.dumps(manifest)).write_snapshot(SECOND, students)
    folder.point(SECOND)
    answer = client.get("/v1/query?metrics=enrollment").json()
    assert answer["meta"]["snapshot_id"] == FIRST
    assert "MetricFlow" in answer["meta"]["notices"][0]


def test_the_file_of_a_pruned_snapshot_can_go_while_it_is_served(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    written = folder.write_snapshot(FIRST, students)
    folder.point(FIRST)
    client = client_of(folder)
    assert value(client) == enrolled(students)
    for file in written.iterdir():
        file.unlink()
    written.rmdir()
    assert value(client, "metrics=enrollment&group_by=school_level&school_year=all") is not None


def test_damage_leaves_the_former_figures_and_is_told_of(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.point(FIRST)
    client = client_of(folder)
    assert value(client) == enrolled(students)

    damaged = folder.write_snapshot(SECOND, doubled(students))
    with (damaged / "district.duckdb").open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage")
    folder.point(SECOND)
    answer = client.get("/v1/query?metrics=enrollment").json()
    assert answer["meta"]["snapshot_id"] == FIRST
    assert "SHA-256" in answer["meta"]["notices"][0]
    assert str(folder.root) not in client.get("/v1/status").text

    folder.damage_pointer()
    assert value(client) == enrolled(students)
    folder.point(FIRST)
    assert client.get("/v1/query?metrics=enrollment").json()["meta"]["notices"] == []


def test_after_a_restart_a_damaged_old_snapshot_stops_only_its_own_metrics(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    old = folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, students)
    (old / "district.duckdb").unlink()
    folder.point(SECOND, overrides={"enrollment": {"snapshot_id": FIRST, "held": HOLD}})
    client = client_of(folder)
    assert value(client, "metrics=enrollment_census") is not None
    response = client.get("/v1/query?metrics=enrollment")
    assert response.status_code == 503
    assert response.json()["type"] == "/docs#snapshot-unreadable"
    assert FIRST in response.json()["detail"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("snapshot.json", "{}", "format"),
        ("snapshot.json", None, "snapshot.json"),
        ("semantic_manifest.json", "{}", "SHA-256"),
        ("district.duckdb", None, "district.duckdb"),
    ],
)
def test_a_snapshot_that_cannot_be_opened_says_why(
    folder: ServingFolder, students: pd.DataFrame, file: str, text: str | None, words: str
) -> None:
    written = folder.write_snapshot(SECOND, students)
    (written / file).unlink()
    if text is not None:
        (written / file).write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotError, match=words) as error:
        Snapshot.open(written, threads=1, memory="200MB")
    assert str(folder.root) not in str(error.value)


def test_a_snapshot_id_cannot_lead_out_of_the_folder(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point("../snapshots/" + SECOND)
    assert client_of(folder).get("/v1/metrics").status_code == 503


def test_the_connection_is_locked_down(folder: ServingFolder, students: pd.DataFrame) -> None:
    written = folder.write_snapshot(SECOND, students)
    snapshot = Snapshot.open(written, threads=1, memory="200MB")
    for statement in (
        "select * from read_csv('/etc/passwd')",
        f"copy (select 1) to '{folder.root}/out.csv'",
        f"attach '{folder.root}/other.duckdb'",
        "set enable_external_access = true",
        "set memory_limit = '500GB'",
        "create table district.marts.planted as select 1",
        "delete from district.marts.dim_school",
        "install httpfs",
    ):
        with pytest.raises(duckdb.Error):
            snapshot.rows(statement, {})
    snapshot.close()
