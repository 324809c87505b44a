"""Every fault over real HTTP, and that the answer after it is whole again."""

import time

import httpx
import pytest

from ingestion.edfi_emulator.faults import Fault, FaultKind, FaultPlan, parse_fault
from ingestion.edfi_emulator.server import RunningEmulator
from ingestion.edfi_emulator.store import EdfiStore
from tests.ingestion.edfi_emulator.clients import client_of, token_of


def test_a_token_that_expires_early_must_be_renewed(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.TOKEN_EXPIRES_EARLY))
        assert client.get("/schools").status_code == 401
        assert client.get("/schools").status_code == 401
        client.headers["Authorization"] = f"Bearer {token_of(running)}"
        assert client.get("/schools").status_code == 200


def test_a_single_401_passes_without_a_new_token(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.UNAUTHORIZED, path="schools"))
        assert [client.get("/schools").status_code for _ in range(2)] == [401, 200]


def test_throttling_says_when_to_come_back(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.TOO_MANY_REQUESTS, times=2, seconds=3))
        answers = [client.get("/schools") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"


def test_a_server_fails_for_some_requests_after_others(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.SERVER_ERROR, path="schools", after=1, times=2))
        assert client.get("/students").status_code == 200
        assert [client.get("/schools").status_code for _ in range(4)] == [200, 500, 500, 200]


def test_a_connection_is_cut_in_the_middle_of_a_page(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.CONNECTION_CUT))
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/schools")
        assert len(client.get("/schools").json()) == 10


def test_json_arrives_by_half(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.TRUNCATED_JSON))
        answer = client.get("/schools")
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()


def test_a_sign_in_page_comes_instead_of_json(running: RunningEmulator) -> None:
    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.HTML))
        answer = client.get("/schools")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_an_answer_comes_after_the_client_has_given_up(running: RunningEmulator) -> None:
    with client_of(running, timeout=0.2) as client:
        running.faults.add(Fault(FaultKind.SLOW, seconds=1))
        begun = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            client.get("/schools")
        assert time.monotonic() - begun < 1


def test_rows_change_between_two_pages(running: RunningEmulator) -> None:
    def remove_first(store: EdfiStore) -> None:
        store.delete("schools", store.ids("schools")[0])

    with client_of(running) as client:
        running.faults.add(Fault(FaultKind.ROWS_CHANGE, path="schools", change=remove_first))
        first = client.get("/schools", params={"limit": 5, "offset": 0}).json()
        while running.store.count("schools") == 10:
            time.sleep(0.01)
        second = client.get("/schools", params={"limit": 5, "offset": 5}).json()
    assert [row["schoolId"] for row in first + second] == [1, 2, 3, 4, 5, 7, 8, 9, 10]


def test_the_token_address_can_fail_too(running: RunningEmulator) -> None:
    running.faults.add(Fault(FaultKind.SERVER_ERROR, path="oauth/token"))
    with pytest.raises(httpx.HTTPStatusError):
        token_of(running)
    assert token_of(running)


def test_faults_are_read_as_written_on_the_command_line() -> None:
    fault = parse_fault("too-many-requests:3:2.5")
    assert (fault.kind, fault.times, fault.seconds) == (FaultKind.TOO_MANY_REQUESTS, 3, 2.5)
    assert parse_fault("html").times == 1
    for wrong in ("earthquake", "html:often", "html:1:2:3", "rows-change"):
        with pytest.raises(ValueError, match=r"KIND\[:TIMES\[:SECONDS\]\]"):
            parse_fault(wrong)


def test_a_cleared_plan_lets_everything_through() -> None:
    plan = FaultPlan(Fault(FaultKind.HTML))
    plan.clear()
    assert plan.due("/data/v3/ed-fi/schools") is None
