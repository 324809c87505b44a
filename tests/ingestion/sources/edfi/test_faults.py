"""What the client does when the server, or something before it, misbehaves."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingestion.api_connection import read_connection
from ingestion.errors import ApiError, DistrictFileError, IngestionError, SecretError
from ingestion.sources.edfi.connection import SYSTEM, EdfiConnection, edfi_api
from ingestion.sources.edfi.discovery import Api, discover
from ingestion.sources.edfi.paging import PageWalk
from tests.ingestion.sources.edfi.conftest import EdfiDistrict, causes
from tests.ingestion.sources.edfi.small_server import SECRET, Fault, SmallServer, _Handler

STUDENTS = "/api/data/v3/ed-fi/students"


def connection(server: SmallServer, **settings: Any) -> EdfiConnection:
    return EdfiConnection.model_validate(
        {
            "base_url": server.base_url,
            "client_id": {"env": "EDFI_TEST_KEY"},
            "client_secret": {"env": "EDFI_TEST_SECRET"},
            "max_attempts": 3,
            "backoff_seconds": 0.01,
            "max_wait_seconds": 0.3,
            "read_timeout_seconds": 0.5,
            **settings,
        }
    )


class Asker:
    """A signed-in client of the small server."""

    def __init__(self, server: SmallServer, **settings: Any) -> None:
        self.server = server
        self.client = edfi_api(connection(server, **settings))
        self.api: Api = discover(self.client, server.base_url)
        self.client.sign_in(self.api.token_url)

    def ids(self, page_size: int = 2) -> list[str]:
        walk = PageWalk(self.client, self.api.resource_url("students"), "students", page_size, lambda: None)
        rows: list[str] = []
        for page in walk.changed(minChangeVersion=0, maxChangeVersion=10_000):
            rows += [row["studentUniqueId"] for row in page.response.json()]
        return rows


@pytest.fixture
def asker(server: SmallServer) -> Iterator[Asker]:
    for number in range(5):
        server.put("students", (str(number),), {"studentUniqueId": str(number)})
    yield Asker(server)


def fails_with(status: int, **headers: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.send_json({"title": "no"}, status, headers)


def html(handler: _Handler) -> None:
    handler.send_bytes(b"<html>Sign in, Ada Lovelace</html>", "text/html")


def cut_off_json(handler: _Handler) -> None:
    """A body that ends in its middle, with the length that it has."""
    handler.send_bytes(b'[{"id": "1", "studentUniqueId": "0"}, {"id"', "application/json", headers={"Total-Count": "2"})


def cut_connection(handler: _Handler) -> None:
    """Fewer bytes than promised, then the end of the connection."""
    handler.send_bytes(b'[{"id": "1"', "application/json", length=500)
    handler.close_connection = True


def says_nothing(handler: _Handler) -> None:
    time.sleep(1)
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer",
    [fails_with(500), fails_with(503), fails_with(429), cut_off_json, cut_connection, says_nothing],
    ids=["500", "503", "429", "cut JSON", "cut connection", "time-out"],
)
@pytest.mark.parametrize("path", [STUDENTS, "/oauth/token"])
def test_a_fault_that_passes_is_waited_out(
    asker: Asker, server: SmallServer, answer: Callable[[_Handler], None], path: str
) -> None:
    server.faults += [Fault(path, answer), Fault(path, answer)]
    assert sorted(asker.ids()) == ["0", "1", "2", "3", "4"]
    assert server.faults == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (fails_with(500), "status 500"),
        (fails_with(429), "fewer requests"),
        (cut_off_json, "cut off"),
        (cut_connection, "no answer"),
        (says_nothing, "no answer"),
        (html, "not JSON but text/html"),
        (fails_with(403), "claim set"),
        (fails_with(404), "has this resource"),
        (fails_with(302, Location="https://elsewhere.example"), "status 302"),
        (lambda handler: handler.send_json({"rows": []}), "object, not array"),
    ],
    ids=["500", "429", "cut JSON", "cut connection", "time-out", "html", "403", "404", "redirect", "object"],
)
def test_a_fault_that_stays_is_one_clear_error(
    asker: Asker, server: SmallServer, answer: Callable[[_Handler], None], said: str
) -> None:
    server.faults += [Fault(STUDENTS, answer) for _ in range(3)]
    with pytest.raises(ApiError) as raised:
        asker.ids()
    message = str(raised.value)
    assert "students" in message and "page" in message and said in message
    assert "Lovelace" not in message and SECRET not in message


def test_a_fault_that_cannot_pass_is_not_repeated(asker: Asker, server: SmallServer) -> None:
    server.faults.append(Fault(STUDENTS, fails_with(403)))
    with pytest.raises(ApiError):
        asker.ids()
    assert server.paths().count(STUDENTS) == 1


def test_retry_after_is_honoured_up_to_the_longest_wait(asker: Asker, server: SmallServer) -> None:
    server.faults.append(Fault(STUDENTS, fails_with(429, **{"Retry-After": "3600"})))
    started = time.monotonic()
    asker.ids()
    assert 0.3 <= time.monotonic() - started < 60


def test_a_token_that_the_server_forgot_is_renewed_exactly_once(asker: Asker, server: SmallServer) -> None:
    asker.ids()
    server.tokens.clear()
    server.asked.clear()
    asker.ids()
    assert server.paths()[:3] == [STUDENTS, "/api/oauth/token", STUDENTS]
    assert server.paths().count("/api/oauth/token") == 1

    server.asked.clear()
    server.faults += [Fault(STUDENTS, fails_with(401)) for _ in range(2)]
    with pytest.raises(ApiError, match="fresh token"):
        asker.ids()
    assert server.paths() == [STUDENTS, "/api/oauth/token", STUDENTS]


def test_a_token_is_renewed_two_minutes_early(server: SmallServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("students", ("0",), {"studentUniqueId": "0"})
    server.token_lifetime = 1800
    asker = Asker(server)
    asker.ids()
    now = time.monotonic()
    monkeypatch.setattr("ingestion.client_credentials.time.monotonic", lambda: now + 1800 - 125)
    asker.ids()
    assert server.paths().count("/api/oauth/token") == 1
    monkeypatch.setattr("ingestion.client_credentials.time.monotonic", lambda: now + 1800 - 115)
    asker.ids()
    assert server.paths().count("/api/oauth/token") == 2


def test_a_short_lived_token_is_used_for_half_its_life(server: SmallServer) -> None:
    server.token_lifetime = 60
    asker = Asker(server)
    asker.ids()
    asker.ids()
    assert server.paths().count("/api/oauth/token") == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda handler: handler.send_json({"error": SECRET}, 401), "has not expired"),
        (lambda handler: handler.send_json({"token": SECRET}), "holds none"),
        (lambda handler: handler.send_bytes(SECRET.encode(), "text/html"), "sign-in page"),
    ],
    ids=["expired secret", "no token", "html"],
)
def test_a_refused_client_is_told_what_to_check(
    asker: Asker, server: SmallServer, answer: Callable[[_Handler], None], said: str
) -> None:
    server.faults.append(Fault("/oauth/token", answer))
    with pytest.raises(ApiError, match=said) as raised:
        asker.ids()
    assert SECRET not in str(raised.value)


def test_nobody_answers() -> None:
    nowhere = SmallServer(base_url="http://127.0.0.1:9/api")
    with pytest.raises(ApiError, match="can be reached"):
        Asker(nowhere, max_attempts=1)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"urls": {"oauth": "x"}}, "lacks datamodels"),
        ({"dataModels": [{"name": "Ed-Fi", "version": "3.3.1-b"}], "urls": {"a": "b"}}, "data standard 3.3.1-b"),
        ({"dataModels": [{"name": "Ed-Fi", "version": "5.0.0"}], "urls": {"a": "b"}}, "no address for oauth"),
        (
            {
                "dataModels": [{"name": "Ed-Fi", "version": "5.0.0"}],
                "urls": {"oauth": "http://elsewhere.example/token"},
            },
            "https",
        ),
        (
            {
                "dataModels": [{"name": "Ed-Fi", "version": "5.0.0"}],
                "urls": {"oauth": "https://a.example/{year}/token"},
            },
            "school year in base_url",
        ),
    ],
)
def test_a_discovery_document_that_does_not_serve(server: SmallServer, document: dict[str, Any], said: str) -> None:
    server.faults.append(Fault("/api", lambda handler: handler.send_json(document)))
    with pytest.raises(ApiError, match=said):
        Asker(server)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"base_url": "http://edfi.example/api"}, "https"),
        ({"base_url": "https://user:pw-word@edfi.example/api"}, "must not hold a user name"),
        ({"client_secret": "pw-word"}, "client_secret"),
        ({"client_secret": {"env": "A", "file": "b"}}, "either the environment variable"),
        ({"pagesize": 3}, "pagesize"),
    ],
)
def test_a_wrong_connection_is_refused_without_repeating_it(wrong: dict[str, Any], said: str) -> None:
    good = {"base_url": "https://edfi.example/api", "client_id": {"env": "A"}, "client_secret": {"env": "B"}}
    read_connection(EdfiConnection, SYSTEM, good)
    with pytest.raises(DistrictFileError, match=said) as raised:
        read_connection(EdfiConnection, SYSTEM, {**good, **wrong})
    assert "pw-word" not in str(raised.value)


def test_secrets_stay_out_of_logs_reprs_and_errors(
    server: SmallServer,
    district_of: Callable[..., EdfiDistrict],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("dlt", "urllib3", "requests"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        logging.getLogger(name).setLevel(logging.DEBUG)
    server.put("students", ("0",), {"studentUniqueId": "0"})
    asker = Asker(server)
    asker.ids()
    credentials = asker.client._credentials
    shown = [repr(asker.client), repr(credentials), str(credentials), f"{credentials}"]

    server.faults += [
        Fault("/students/deletes", html),
        Fault("/students", fails_with(403)),
        Fault("/students", fails_with(500)),
    ]
    with pytest.raises(Exception) as raised:
        district_of(server, "students").land()
    for error in causes(raised.value):
        shown += [str(error), repr(error), repr(vars(error))]
    shown += [record.getMessage() + str(record.exc_info) for record in caplog.records]

    secrets = {
        SECRET,
        *server.tokens,
        *(request.authorization.split()[-1] for request in server.asked if request.authorization),
    }
    assert len(secrets) >= 3
    assert [text for text in shown if any(secret in text for secret in secrets)] == []


def test_a_missing_secret_names_the_variable(
    server: SmallServer, district_of: Callable[..., EdfiDistrict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDFI_TEST_SECRET")
    with pytest.raises(Exception) as raised:
        district_of(server, "students").land()
    (cause,) = [error for error in causes(raised.value) if isinstance(error, IngestionError)]
    assert isinstance(cause, SecretError) and "EDFI_TEST_SECRET" in str(cause)
