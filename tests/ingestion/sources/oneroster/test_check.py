"""What `stocktake doctor` says of OneRoster."""

from pathlib import Path

import pytest

from ingestion.landing import check_of
from tests.ingestion.sources.oneroster.bundle_drop import HEADERS, BundleDrop, org
from tests.ingestion.sources.oneroster.rest_server import CLIENT_ID, CLIENT_SECRET, RosterService, serving


def found(drop: BundleDrop) -> list[tuple[str, str | None]]:
    check = check_of("oneroster")
    assert check is not None
    return list(check(drop.district))


def test_each_bundle_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    drop = BundleDrop(tmp_path)
    assert "no OneRoster bundle" in (found(drop)[0][1] or "")
    drop.deliver("2026-01-05.zip", {"orgs": [org("1", "One")]}, orgs="bulk", users="delta")
    drop.put("orgs.csv", HEADERS["orgs"], "2026-01-06")
    (first, declared), (second, missing) = found(drop)
    assert first == "oneroster 1.1: bundle 2026-01-05.zip, 2 file(s)"
    assert "declares users.csv as delta, but the file is not there" in (declared or "")
    assert second == "oneroster without a version: bundle 2026-01-06, 1 file(s)"
    assert "has no users.csv and no manifest.csv" in (missing or "")
    assert "roles.csv" not in (missing or "")


def test_the_service_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROSTER_KEY", CLIENT_ID)
    monkeypatch.setenv("ROSTER_SECRET", CLIENT_SECRET)
    drop = BundleDrop(tmp_path)
    with serving(RosterService({"orgs": []})) as service:
        drop.connection = {
            "base_url": service.url,
            "token_url": f"{service.url}/token",
            "client_id": {"env": "ROSTER_KEY"},
            "client_secret": {"env": "ROSTER_SECRET"},
            "max_attempts": 1,
        }
        assert found(drop) == [("oneroster: rostering service answers", None)]
        service.faults = ["403"]
        assert "status 403" in (found(drop)[0][1] or "")
