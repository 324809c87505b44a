"""OneRoster 1.2 over REST: paging, changes, faults."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.api_connection import read_connection
from ingestion.errors import ApiError, DistrictFileError, SecretError
from ingestion.sources.oneroster.connection import OneRosterConnection
from tests.ingestion.sources.oneroster.bundle_drop import BundleDrop, org
from tests.ingestion.sources.oneroster.rest_server import CLIENT_ID, CLIENT_SECRET, Record, RosterService, serving


def school(identifier: str, name: str, modified: str = "2026-01-01T00:00:00.000Z", status: str = "active") -> Record:
    return {
        "sourcedId": identifier,
        "status": status,
        "dateLastModified": modified,
        "name": name,
        "type": "school",
        "identifier": identifier,
        "parent": {"href": "https://made.up/orgs/0", "sourcedId": "0", "type": "org"},
        "children": [],
    }


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[RosterService]:
    monkeypatch.setenv("ROSTER_KEY", CLIENT_ID)
    monkeypatch.setenv("ROSTER_SECRET", CLIENT_SECRET)
    roster = RosterService({"orgs": [school(f"{n:03}", f"School {n}") for n in range(1, 26)], "users": []})
    with serving(roster):
        yield roster


@pytest.fixture
def drop(tmp_path: Path, service: RosterService) -> BundleDrop:
    drop = BundleDrop(tmp_path, "orgs")
    drop.connection = {
        "base_url": service.url,
        "token_url": f"{service.url}/token",
        "client_id": {"env": "ROSTER_KEY"},
        "client_secret": {"env": "ROSTER_SECRET"},
        "page_size": 10,
        "backoff_seconds": 0.01,
        "max_wait_seconds": 1,
        "max_attempts": 3,
    }
    return drop


def expected(service: RosterService) -> dict[str, str]:
    return {row["sourcedId"]: row["name"] for row in service.records["orgs"] if row["status"] == "active"}


def test_all_pages_land_with_the_columns_of_the_csv(drop: BundleDrop, service: RosterService) -> None:
    drop.land()
    assert drop.names() == expected(service)
    assert drop.rows("select * from raw.oneroster__orgs order by sourced_id limit 1")[0][:7] == (
        "001",
        "active",
        "2026-01-01T00:00:00.000Z",
        "School 1",
        "school",
        "001",
        "0",
    )
    assert drop.rows("select count(distinct _row_id), max(_source_row) from raw.oneroster__orgs") == [(25, 25)]
    assert drop.unbalanced() == []
    assert all(query["fields"].split(",")[0] == "sourcedId" for _, query in service.requests)
    assert [scope.rsplit("/", 1)[-1] for scope in service.scopes] == [
        "roster-core.readonly",
        "roster-demographics.readonly",
    ]


@pytest.mark.parametrize("counts, links", [(True, False), (False, True), (False, False)])
def test_every_way_of_telling_that_there_is_more_is_understood(
    drop: BundleDrop, service: RosterService, counts: bool, links: bool
) -> None:
    service.counts, service.links, service.largest_page = counts, links, 7
    drop.land()
    assert drop.names() == expected(service)


def test_records_that_come_and_go_while_pages_are_read_hide_no_other(drop: BundleDrop, service: RosterService) -> None:
    changes = iter(
        [lambda: service.records["orgs"].pop(0), lambda: service.records["orgs"].insert(0, school("000", "New"))]
    )

    def change() -> None:
        next(changes, lambda: None)()

    service.between = change
    drop.land()
    kept = set(drop.names())
    assert {f"{n:03}" for n in range(2, 26)} <= kept
    assert drop.rows("select count(*) - count(distinct sourced_id) from raw.oneroster__orgs") == [(0,)]


def test_a_page_of_records_that_is_gone_is_looked_for(drop: BundleDrop, service: RosterService) -> None:
    def drop_the_first_page() -> None:
        service.between = None
        del service.records["orgs"][:9]

    service.between = drop_the_first_page
    drop.land()
    assert {f"{n:03}" for n in range(10, 26)} <= set(drop.names())


def test_only_changes_are_asked_for_the_second_time(drop: BundleDrop, service: RosterService) -> None:
    drop.land()
    service.requests.clear()
    service.records["orgs"][4] = school("005", "Renamed", "2026-01-07T10:00:00.000Z")
    service.records["orgs"][5] = school("006", "Closed", "2026-01-07T11:00:00.000Z", "tobedeleted")
    service.records["orgs"].append(school("099", "New", "2026-01-07T12:00:00.000Z"))
    drop.land()
    assert drop.names() == expected(service)
    assert [query["filter"] for _, query in service.requests] == ["dateLastModified>'2025-12-31T23:00:00.000Z'"] * 3
    drop.land()
    assert service.requests[-1][1]["filter"] == "dateLastModified>'2026-01-07T11:00:00.000Z'"
    assert drop.names() == expected(service)
    assert drop.unbalanced() == []
    assert drop.rows("select count(*), count(distinct _row_id) from raw.oneroster__orgs") == [(26, 26)]


def test_changes_equal_everything_read_anew(drop: BundleDrop, service: RosterService, tmp_path: Path) -> None:
    for day in range(2, 5):
        service.records["orgs"][day] = school(f"{day + 1:03}", f"Of day {day}", f"2026-01-{day:02}T00:00:00.000Z")
        service.records["orgs"].append(school(f"1{day:02}", "Added", f"2026-01-{day:02}T00:00:00.000Z"))
        drop.land()
    anew = BundleDrop(tmp_path / "anew", "orgs")
    anew.connection = drop.connection
    anew.land()
    assert drop.names() == anew.names() == expected(service)


def test_what_vanished_without_a_word_goes_with_the_next_full_reading(drop: BundleDrop, service: RosterService) -> None:
    drop.land()
    del service.records["orgs"][0]
    drop.land()
    assert "001" in drop.names()
    drop.connection = {**drop.connection, "full_refresh_days": 0}
    drop.land()
    assert drop.names() == expected(service)
    assert drop.unbalanced() == []


def test_another_server_and_another_warehouse_are_read_in_full(drop: BundleDrop, service: RosterService) -> None:
    drop.land()
    service.requests.clear()
    drop.connection = {**drop.connection, "base_url": f"{service.url}/ims/oneroster/rostering/v1p2"}
    drop.land()
    assert not any("filter" in query for _, query in service.requests)
    service.requests.clear()
    drop.warehouse.unlink()
    drop.land()
    assert not any("filter" in query for _, query in service.requests)
    assert drop.names() == expected(service)


def test_bundles_and_the_service_may_follow_one_another(drop: BundleDrop, service: RosterService) -> None:
    drop.land()
    connection, drop.connection = drop.connection, {}
    drop.deliver("a", {"orgs": [org("900", "From a file")]}, orgs="bulk")
    drop.land()
    assert drop.names() == {"900": "From a file"}
    drop.connection = connection
    drop.land()
    assert drop.names() == expected(service)
    assert drop.unbalanced() == []


def test_roles_follow_the_person(drop: BundleDrop, service: RosterService) -> None:
    def person(modified: str, *roles: str) -> Record:
        held = [{"roleType": "primary", "role": role, "org": {"sourcedId": "001", "type": "org"}} for role in roles]
        return {"sourcedId": "u1", "status": "active", "dateLastModified": modified, "roles": held}

    drop.entities = ("roles",)
    service.records["users"] = [person("2026-01-01T00:00:00.000Z", "teacher", "aide")]
    held = "select role, org_sourced_id, user_sourced_id, status from raw.oneroster__roles order by role"
    drop.land()
    assert drop.rows(held) == [("aide", "001", "u1", "active"), ("teacher", "001", "u1", "active")]
    service.records["users"] = [person("2026-01-03T00:00:00.000Z", "teacher")]
    drop.land()
    assert drop.rows(held) == [("teacher", "001", "u1", "active")]
    service.records["users"] = [person("2026-01-05T00:00:00.000Z")]
    drop.land()
    assert drop.rows(held) == [("none", None, "u1", "tobedeleted")]
    assert drop.unbalanced() == []


# --- Faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "faults", [["500", "503"], ["429"], ["cut"], ["half"], ["expired"], ["none", "cut", "none", "500"]]
)
def test_passing_faults_are_waited_out(drop: BundleDrop, service: RosterService, faults: list[str]) -> None:
    service.faults = faults
    drop.land()
    assert service.faults == []
    assert drop.names() == expected(service)


def test_a_token_is_renewed_before_it_expires(drop: BundleDrop, service: RosterService) -> None:
    service.token_lifetime = 0.2
    drop.connection = {**drop.connection, "page_size": 2}
    drop.land()
    assert drop.names() == expected(service)
    drop.land()
    assert service.tokens_given >= 2


@pytest.mark.parametrize(
    "fault, said",
    [
        ("500", "status 500. Try again later"),
        ("403", "status 403. The client must have the scopes roster-core.readonly"),
        ("404", "status 404. Check base_url"),
        ("html", "the answer is not JSON but text/html"),
        ("half", "cut off or broken, in every attempt"),
        ("cut", "no answer"),
        ("other", "has no list `orgs`"),
        ("without id", "1 of 1 records have no sourcedId"),
        ("401", "does not accept a fresh token either"),
    ],
)
def test_lasting_faults_give_one_clear_error_and_land_nothing(
    drop: BundleDrop, service: RosterService, fault: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    service.faults = ["none", *[fault] * 6]
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiError) as raised:
        drop.land()
    assert said in str(raised.value)
    assert str(raised.value).startswith("oneroster: orgs from record 10: ")
    assert drop.names() == {}
    for secret in (CLIENT_SECRET, *service.tokens):
        assert secret not in caplog.text
        assert secret not in str(raised.value)


def test_a_wrong_secret_says_so_without_the_secret(
    drop: BundleDrop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ROSTER_SECRET", "not-it-at-all")
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiError, match="refuses the client's key and secret") as raised:
        drop.land()
    assert "not-it-at-all" not in caplog.text + str(raised.value)
    monkeypatch.delenv("ROSTER_SECRET")
    with pytest.raises(SecretError, match="Set the environment variable ROSTER_SECRET"):
        drop.land()


def test_a_server_that_is_not_there_is_an_error(drop: BundleDrop) -> None:
    drop.connection = {**drop.connection, "token_url": "http://127.0.0.1:9/token"}
    with pytest.raises(ApiError, match=r"no token could be had \(ConnectionError\)"):
        drop.land()


@pytest.mark.parametrize(
    "change, said",
    [
        ({"base_url": "http://sis.example"}, "must begin with https://"),
        ({"token_url": "https://me:secret@sis.example/token"}, "must not hold a user name"),
        ({"client_secret": "written down"}, "client_secret"),
        ({"pagesize": 10}, "pagesize"),
    ],
)
def test_a_connection_that_is_wrong_is_refused_without_repeating_it(change: dict[str, object], said: str) -> None:
    good = {
        "base_url": "https://sis.example",
        "token_url": "https://sis.example/token",
        "client_id": {"env": "A"},
        "client_secret": {"file": "/run/secrets/b"},
    }
    assert read_connection(OneRosterConnection, "oneroster", good).service_url == (
        "https://sis.example/ims/oneroster/rostering/v1p2"
    )
    with pytest.raises(DistrictFileError, match=r"sources\.oneroster\.connection is not complete") as raised:
        read_connection(OneRosterConnection, "oneroster", {**good, **change})
    assert said in str(raised.value)
    assert "written down" not in str(raised.value)
    assert "me:secret" not in str(raised.value)
