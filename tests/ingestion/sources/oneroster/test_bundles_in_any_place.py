"""Bundles are read the same wherever they lie, and however long their files are."""

from pathlib import Path

import pytest

from ingestion.text_survey import MAX_LINE_BYTES
from tests.ingestion.sftp_server import PASSWORD, USER, SftpServer
from tests.ingestion.sources.oneroster.bundle_drop import BundleDrop, org


def test_bundles_of_an_sftp_drop_land_like_those_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROP_PASSWORD", PASSWORD)
    drop = BundleDrop(tmp_path / "served", "orgs")
    with SftpServer(tmp_path / "served") as server:
        drop.address = f"sftp://127.0.0.1:{server.port}/oneroster"
        drop.connection = {
            "username": USER,
            "password": {"env": "DROP_PASSWORD"},
            "host_fingerprint": server.fingerprint,
            "timeout_seconds": 10,
        }
        drop.deliver("2026-01-04", {"orgs": [org("1", "One"), org("2", "Two")]}, orgs="bulk")
        drop.deliver("2026-01-05.zip", {"orgs": [org("2", "Second", "active")]}, orgs="delta")
        log = drop.land()
    assert drop.names() == {"1": "One", "2": "Second"}
    assert {record.source_file.split("|")[0] for record in log.files} == {
        "2026-01-04/orgs.csv",
        "2026-01-05.zip/orgs.csv",
    }
    assert drop.unbalanced() == []


def test_changes_reach_every_block_of_a_long_whole_file(tmp_path: Path) -> None:
    drop = BundleDrop(tmp_path, "orgs")
    whole = [org(str(number), f"School {number} " + "x" * 200) for number in range(30_000)]
    assert sum(map(len, whole)) > MAX_LINE_BYTES
    changes = [org(number, "Changed", "active") for number in ("0", "29999", "new")]
    drop.deliver("a", {"orgs": whole}, orgs="bulk")
    drop.deliver("b", {"orgs": changes}, orgs="delta")
    drop.land()
    changed = [("0",), ("29999",), ("new",)]
    assert drop.rows("select sourced_id from raw.oneroster__orgs where name = 'Changed' order by 1") == changed
    assert drop.rows("select count(*), count(distinct sourced_id) from raw.oneroster__orgs") == [(30_001, 30_001)]
    assert drop.unbalanced() == []
