"""Sends requests to an Ed-Fi API on dlt's REST client: time-outs, retries, one renewed token, checked answers."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import duckdb
from dlt.sources.helpers.requests import RequestException, Response
from dlt.sources.helpers.requests.retry import Client
from dlt.sources.helpers.requests.session import Session
from dlt.sources.helpers.rest_client.client import RESTClient

from ingestion.sources.edfi.authorization import EdfiAuthorization
from ingestion.sources.edfi.connection import EdfiConnection
from ingestion.sources.edfi.errors import EdfiApiError

_REMEDIES = {
    HTTPStatus.BAD_REQUEST: "The server does not take these parameters; is page_size larger than it allows?",
    HTTPStatus.UNAUTHORIZED: "It does not accept a fresh token either. Check that the API client is still active.",
    HTTPStatus.FORBIDDEN: "Its claim set must allow reading this resource, and ReadChanges for deletes and keyChanges. "
    "Ask the API's administrator, or list the resources to read under `deliveries` in the district file.",
    HTTPStatus.NOT_FOUND: "Check base_url, and that the server has this resource; "
    "otherwise list the resources to read under `deliveries` in the district file.",
    HTTPStatus.TOO_MANY_REQUESTS: "It asks for fewer requests. Run again later, or raise max_wait_seconds.",
}


@dataclass(frozen=True)
class JsonAnswer:
    """A checked answer.

    Attributes:
        response: its body is valid JSON.
        rows: elements of the array; 0 for an object.
    """

    response: Response
    rows: int

    @property
    def total_count(self) -> int | None:
        """The server's Total-Count, where it was asked for."""
        text = self.response.headers.get("Total-Count", "")
        return int(text) if text.isdigit() else None


class EdfiClient:
    """Asks one API. It keeps no data and shows no secret when it is printed."""

    def __init__(self, connection: EdfiConnection) -> None:
        self._json = duckdb.connect(config={"threads": 1})
        self._session: Session = Client(
            request_timeout=(connection.connect_timeout_seconds, connection.read_timeout_seconds),
            raise_for_status=False,
            request_max_attempts=connection.max_attempts,
            request_backoff_factor=connection.backoff_seconds,
            request_max_retry_delay=connection.max_wait_seconds,
            retry_condition=self._is_cut_off,
        ).session
        self._rest = RESTClient(connection.base_url, headers={"Accept": "application/json"}, session=self._session)
        self._authorization: EdfiAuthorization | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def sign_in(self, token_url: str, client_id: str, client_secret: str) -> None:
        """Use these credentials from now on; the first token is obtained with the first request."""
        self._authorization = EdfiAuthorization(token_url, client_id, client_secret, self._session)

    def get(self, url: str, params: dict[str, Any], *, what: str, expect: str = "ARRAY") -> JsonAnswer:
        """Ask for one document.

        Args:
            url: absolute address without query.
            params: the query.
            what: resource and page in words, for messages.
            expect: "ARRAY" or "OBJECT".

        Raises:
            EdfiApiError: after all attempts the answer is not the JSON that was asked for.
        """
        response = self._send(url, params, what)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._authorization is not None:
            # The server may have dropped its tokens in a restart: exactly one new one.
            self._authorization.obtain_token()
            response = self._send(url, params, what)
        if response.status_code != HTTPStatus.OK:
            remedy = _REMEDIES.get(HTTPStatus(response.status_code), "Try again later; see the server's own log.")
            raise EdfiApiError(f"edfi: {what}: the server answers with status {response.status_code}. {remedy}")
        if not _is_json(response):
            raise EdfiApiError(
                f"edfi: {what}: the answer is not JSON but {response.headers.get('Content-Type', 'untyped')}. "
                "Check base_url; a proxy or a sign-in page may stand before the server."
            )
        kind, rows = self._examine(response.content)
        if kind is None:
            raise EdfiApiError(
                f"edfi: {what}: the JSON is cut off or broken, in every attempt. "
                "Lower page_size; if that does not help, see the server's own log."
            )
        if kind != expect:
            raise EdfiApiError(
                f"edfi: {what}: the answer is a JSON {kind.lower()}, not {expect.lower()}. Check base_url."
            )
        return JsonAnswer(response, rows)

    def _send(self, url: str, params: dict[str, Any], what: str) -> Response:
        try:
            return self._rest.request(url, params=params, auth=self._authorization, allow_redirects=False)
        except RequestException as error:
            # The request in the error holds the token, so the error does not travel on.
            raise EdfiApiError(
                f"edfi: {what}: no answer ({type(error).__name__}). "
                "Check that the server is up and can be reached; what has landed stays."
            ) from None

    def _is_cut_off(self, response: Response | None, _: BaseException | None) -> bool:
        """Ask again for JSON that ends in its middle: a proxy may cut a body without saying so."""
        if response is None or response.status_code != HTTPStatus.OK or not _is_json(response):
            return False
        return self._examine(response.content)[0] is None

    def _examine(self, body: bytes) -> tuple[str | None, int]:
        """Kind of the JSON document and the length of the array; no kind when it is not valid JSON."""
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None, 0
        row = self._json.execute(
            "select json_type(t), json_array_length(t) from (select case when json_valid($1) then $1 end as t)",
            [text],
        ).fetchone()
        return (row[0], int(row[1] or 0)) if row else (None, 0)


def _is_json(response: Response) -> bool:
    kind = str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
