"""The emulator over real HTTP: discovery, tokens, paging, change queries and what it refuses."""

import httpx
import pytest

from ingestion.edfi_emulator.server import RunningEmulator, serve
from ingestion.edfi_emulator.store import EdfiStore
from tests.ingestion.edfi_emulator.clients import client_of, token_of, with_schools


def numbers(answer: httpx.Response) -> list[int]:
    return [school["schoolId"] for school in answer.json()]


def test_discovery_tells_the_standard_and_where_everything_is(running_6: RunningEmulator) -> None:
    found = httpx.get(running_6.base_url).json()
    assert found["dataModels"][0] == {
        "name": "Ed-Fi",
        "version": "6.0.0",
        "informationalVersion": "The Ed-Fi Data Model 6.0.0",
    }
    assert found["urls"]["dataManagementApi"] == f"{running_6.base_url}/data/v3/"
    assert found["urls"]["oauth"] == f"{running_6.base_url}/oauth/token"
    resources = [row["resource"] for row in httpx.get(found["urls"]["dependencies"]).json()]
    assert "/ed-fi/studentDemographics" in resources


@pytest.mark.parametrize("in_body", [False, True])
def test_credentials_are_taken_from_header_or_body(running: RunningEmulator, in_body: bool) -> None:
    key, secret = running.tokens.client_id, running.tokens.client_secret
    body = {"grant_type": "client_credentials"} | ({"client_id": key, "client_secret": secret} if in_body else {})
    answer = httpx.post(f"{running.base_url}/oauth/token", data=body, auth=None if in_body else (key, secret))
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 1800


def test_wrong_credentials_and_grants_are_refused(running: RunningEmulator) -> None:
    address = f"{running.base_url}/oauth/token"
    grant = {"grant_type": "client_credentials"}
    assert httpx.post(address, data=grant, auth=("sample-key", "guess")).status_code == 401
    assert httpx.post(address, data={"grant_type": "password"}, auth=("sample-key", "guess")).status_code == 400


def test_an_unknown_or_expired_token_is_refused(running: RunningEmulator) -> None:
    address = f"{running.base_url}/data/v3/ed-fi/schools"
    refused = httpx.get(address, headers={"Authorization": "Bearer guess"})
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:ed-fi:api:security:authentication"
    seconds = [0.0]
    running.tokens.clock = lambda: seconds[0]
    token = {"Authorization": f"Bearer {token_of(running)}"}
    assert httpx.get(address, headers=token).status_code == 200
    seconds[0] = running.tokens.lifetime + 1
    assert httpx.get(address, headers=token).status_code == 401


def test_pages_by_offset(running: RunningEmulator) -> None:
    with client_of(running) as client:
        assert numbers(client.get("/schools", params={"limit": 4})) == [1, 2, 3, 4]
        last = client.get("/schools", params={"limit": 4, "offset": 8, "totalCount": "true"})
        assert numbers(last) == [9, 10]
        assert last.headers["Total-Count"] == "10"
        count = client.get("/schools", params={"limit": 0, "totalCount": "true"})
        assert (count.json(), count.headers["Total-Count"]) == ([], "10")
        assert "Next-Page-Token" not in last.headers
        id_ = client.get("/schools", params={"limit": 1}).json()[0]["id"]
        assert len(id_) == 32
        assert client.get(f"/schools/{id_}").json()["schoolId"] == 1


def test_a_page_has_25_rows_unless_told_otherwise_and_never_more_than_500() -> None:
    with serve(with_schools(EdfiStore(5), 30)) as emulator, client_of(emulator) as client:
        assert len(client.get("/schools").json()) == 25
        refused = client.get("/schools", params={"limit": 501})
        assert refused.status_code == 400
        assert "between 0 and 500" in refused.json()["errors"][0]
        assert client.get("/schools", params={"offset": -1}).status_code == 400


def test_forward_paging_misses_a_row_that_leaves_the_window(running: RunningEmulator) -> None:
    with client_of(running) as client:
        window = {"minChangeVersion": 1, "maxChangeVersion": 10, "limit": 5}
        first = numbers(client.get("/schools", params=window | {"offset": 0}))
        running.store.update("schools", running.store.ids("schools")[0], nameOfInstitution="Renamed")
        second = numbers(client.get("/schools", params=window | {"offset": 5}))
    assert 6 not in first + second


def test_change_versions_bound_a_window_on_both_ends_inclusively(running: RunningEmulator) -> None:
    with client_of(running) as client:
        window = {"minChangeVersion": 3, "maxChangeVersion": 5}
        assert numbers(client.get("/schools", params=window)) == [3, 4, 5]
        versions = client.get(f"{running.base_url}/changeQueries/v1/availableChangeVersions").json()
        assert versions == {"oldestChangeVersion": 0, "newestChangeVersion": 10}
        running.store.truncate_tracking(7)
        versions = client.get(f"{running.base_url}/changeQueries/v1/availableChangeVersions").json()
        assert versions["oldestChangeVersion"] == 7


def test_deletes_and_key_changes_are_paged_too(running: RunningEmulator) -> None:
    for id_ in running.store.ids("schools")[:3]:
        running.store.delete("schools", id_)
    running.store.change_key("schools", running.store.ids("schools")[0], schoolId=44)
    with client_of(running) as client:
        page = client.get("/schools/deletes", params={"limit": 2, "offset": 1, "totalCount": "true"})
        assert [row["keyValues"] for row in page.json()] == [{"schoolId": 2}, {"schoolId": 3}]
        assert page.headers["Total-Count"] == "3"
        [change] = client.get("/schools/keyChanges", params={"minChangeVersion": 14}).json()
        assert (change["oldKeyValues"], change["newKeyValues"]) == ({"schoolId": 4}, {"schoolId": 44})
        assert client.get("/schools/keyChanges", params={"maxChangeVersion": 13}).json() == []
        assert client.get("/schoolYearTypes/deletes").status_code == 404


def test_cursors_walk_a_resource_of_standard_6_to_its_end(running_6: RunningEmulator) -> None:
    with client_of(running_6) as client:
        answer = client.get("/schools", params={"limit": 4})
        found = numbers(answer)
        while "Next-Page-Token" in answer.headers:
            parameters = {"pageToken": answer.headers["Next-Page-Token"], "pageSize": 4}
            answer = client.get("/schools", params=parameters)
            found += numbers(answer)
        assert found == list(range(1, 11))
        assert answer.json() == []


def test_cursors_do_not_mix_with_other_paging_nor_with_an_upper_bound(running_6: RunningEmulator) -> None:
    with client_of(running_6) as client:
        token = client.get("/schools", params={"limit": 4}).headers["Next-Page-Token"]
        for wrong in ({"limit": 4}, {"offset": 4}, {"totalCount": "true"}, {"maxChangeVersion": 9}):
            assert client.get("/schools", params={"pageToken": token} | wrong).status_code == 400, wrong
        assert client.get("/schools", params={"pageToken": "guess"}).status_code == 400
        assert client.get("/schools", params={"pageSize": 4}).status_code == 400
        bounded = client.get("/schools", params={"minChangeVersion": 1, "maxChangeVersion": 9})
        assert "Next-Page-Token" not in bounded.headers


def test_partitions_together_hold_every_row_once(running_6: RunningEmulator) -> None:
    found = []
    with client_of(running_6) as client:
        tokens = client.get("/schools/partitions", params={"number": 3}).json()["pageTokens"]
        for token in tokens:
            answer = client.get("/schools", params={"pageToken": token, "pageSize": 2})
            while answer.json():
                found += numbers(answer)
                following = {"pageToken": answer.headers["Next-Page-Token"], "pageSize": 2}
                answer = client.get("/schools", params=following)
        assert client.get("/schools/partitions", params={"number": 201}).status_code == 400
    assert len(tokens) == 3
    assert sorted(found) == list(range(1, 11))


def test_standard_5_has_neither_cursors_nor_later_resources(running: RunningEmulator) -> None:
    with client_of(running) as client:
        assert "Next-Page-Token" not in client.get("/schools", params={"limit": 4}).headers
        assert client.get("/schools/partitions").status_code == 404
        assert client.get("/studentDemographics").status_code == 404
        assert client.get("/studentProgramAssociations").json() == []


def test_a_snapshot_header_is_ignored(running: RunningEmulator) -> None:
    with client_of(running) as client:
        assert len(client.get("/schools", headers={"Use-Snapshot": "true"}).json()) == 10


def test_two_emulators_cannot_share_a_port(running: RunningEmulator) -> None:
    port = int(running.base_url.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match="cannot listen"), serve(EdfiStore(5), port=port):
        pass
