"""Sends requests to a JSON API on dlt's REST client: time-outs, retries, one renewed token, checked answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import duckdb
from dlt.sources.helpers.requests.retry import Client
from dlt.sources.helpers.requests.session import Session
from dlt.sources.helpers.rest_client.client import RESTClient
from requests import RequestException, Response  # type: ignore[import-untyped]

from ingestion.api_connection import ApiConnection
from ingestion.client_credentials import ClientCredentials
from ingestion.errors import ApiError
from ingestion.settings import read_secret

_LATER = "Try again later; see the server's own log."


@dataclass(frozen=True)
class JsonAnswer:
    """A checked answer.

    Attributes:
        response: its body is valid JSON.
        rows: elements of the array; 0 for an object.
    """

    response: Response
    rows: int

    def count_in(self, header: str) -> int | None:
        """The number that a header of the answer gives; None where the server does not say."""
        text = self.response.headers.get(header, "")
        return int(text) if text.isdigit() else None


class JsonApi:
    """Asks one API. It keeps no data and shows no secret when it is printed."""

    def __init__(
        self,
        system: str,
        base_url: str,
        connection: ApiConnection,
        remedies: Mapping[int, str],
    ) -> None:
        """Prepare a session; nothing is sent.

        Args:
            system: name of the source system, for messages.
            remedies: what to do about a status, by its code.
        """
        self._system = system
        self._remedies = remedies
        self._connection = connection
        self._json = duckdb.connect(config={"threads": 1})
        self._session: Session = Client(
            request_timeout=(connection.connect_timeout_seconds, connection.read_timeout_seconds),
            raise_for_status=False,
            request_max_attempts=connection.max_attempts,
            request_backoff_factor=connection.backoff_seconds,
            request_max_retry_delay=connection.max_wait_seconds,
            retry_condition=self._is_cut_off,
        ).session
        self._rest = RESTClient(base_url, headers={"Accept": "application/json"}, session=self._session)
        self._credentials: ClientCredentials | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._system})"

    def sign_in(self, token_url: str, scopes: Sequence[str] = ()) -> None:
        """Use the connection's credentials from now on; the first token is obtained with the first request.

        Raises:
            SecretError: the key or the secret is not where the connection says.
        """
        self._credentials = ClientCredentials(
            self._system,
            token_url,
            read_secret(self._connection.client_id, f"The key of the API client of {self._system}"),
            read_secret(self._connection.client_secret, f"The secret of the API client of {self._system}"),
            self._session,
            scopes,
        )

    def get(
        self, path: str, params: Mapping[str, Any], *, what: str, expect: Literal["ARRAY", "OBJECT"] | None = None
    ) -> JsonAnswer:
        """Ask for one JSON document.

        Args:
            path: below the base address, or an absolute address.
            params: the query.
            what: resource and page in words, for messages.
            expect: what the document must be; None takes either.

        Raises:
            ApiError: after all attempts the answer is not the JSON that was asked for. No message repeats an answer,
                a query or a secret.
        """
        response = self._send(path, params, what)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._credentials is not None:
            # The server may have dropped its tokens in a restart: exactly one new one.
            self._credentials.obtain_token()
            response = self._send(path, params, what)
        if response.status_code != HTTPStatus.OK:
            remedy = self._remedies.get(response.status_code, _LATER)
            raise ApiError(f"{self._system}: {what}: the server answers with status {response.status_code}. {remedy}")
        if not _is_json(response):
            raise ApiError(
                f"{self._system}: {what}: the answer is not JSON but "
                f"{response.headers.get('Content-Type', 'untyped').split(';')[0]}. "
                "Check the address; a proxy or a sign-in page may stand before the server."
            )
        kind, rows = self._examine(response.content)
        if kind is None:
            raise ApiError(
                f"{self._system}: {what}: the JSON is cut off or broken, in every attempt. "
                "Lower page_size; if that does not help, see the server's own log."
            )
        if expect is not None and kind != expect:
            raise ApiError(
                f"{self._system}: {what}: the answer is a JSON {kind.lower()}, not {expect.lower()}. Check the address."
            )
        return JsonAnswer(response, rows)

    def _send(self, path: str, params: Mapping[str, Any], what: str) -> Response:
        try:
            return self._rest.request(path, params=dict(params), auth=self._credentials, allow_redirects=False)
        except RequestException as error:
            # The request in the error holds the token, so the error does not travel on.
            raise ApiError(
                f"{self._system}: {what}: no answer ({type(error).__name__}). "
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
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    return bool(kind == "application/json" or kind.endswith("+json"))
