"""OAuth 2 client credentials: Basic authentication at the token's address, a bearer token, early renewal."""

import time
from collections.abc import Sequence
from typing import Any

from dlt.sources.helpers.requests.session import Session
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from requests import PreparedRequest, RequestException, Response  # type: ignore[import-untyped]

from ingestion.errors import ApiError

RENEW_BEFORE_SECONDS = 120
"""A token is renewed this long before it expires, so that none expires on its way; half its life if that is less."""


class ClientCredentials(OAuth2ClientCredentials):
    """Signs requests with a token that it obtains when needed. It shows none of its secrets when it is printed."""

    def __init__(
        self,
        system: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        session: Session,
        scopes: Sequence[str] = (),
    ) -> None:
        """Remember how to ask.

        Args:
            system: name of the source system, for messages.
            scopes: what the token shall allow; the server's default when empty.
        """
        super().__init__(access_token_url=token_url, client_id=client_id, client_secret=client_secret, session=session)
        self._system = system
        self._scopes = tuple(scopes)
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    __str__ = __repr__

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.access_token is None or self.is_token_expired():
            self.obtain_token()
        request.headers["Authorization"] = f"Bearer {self.access_token}"
        return request

    def is_token_expired(self) -> bool:
        """True from two minutes before the token expires."""
        return time.monotonic() >= self._renew_at

    def build_access_token_request(self) -> dict[str, Any]:
        """Key and secret go into the Basic header; nothing secret stands in the body."""
        scope = {"scope": " ".join(self._scopes)} if self._scopes else {}
        return {
            "auth": (self.client_id, self.client_secret),
            "data": {"grant_type": "client_credentials", **scope},
            "headers": {"Accept": "application/json"},
            "allow_redirects": False,
        }

    def obtain_token(self) -> None:
        """Ask for a new token.

        Raises:
            ApiError: the server refuses the client or does not answer with a token.
        """
        asked_at = time.monotonic()
        try:
            response = self.session.post(self.access_token_url, **self.build_access_token_request())
        except RequestException as error:
            # The request in the error holds the secret, so the error does not travel on.
            raise ApiError(
                f"{self._system}: no token could be had ({type(error).__name__}). "
                "Check that the server is up and can be reached."
            ) from None
        if response.status_code in (400, 401, 403):
            raise ApiError(
                f"{self._system}: the server refuses the client's key and secret (status {response.status_code}). "
                "Check that both are right, that the secret has not expired and that the client has the scopes."
            )
        token, lifetime = self._token_of(response)
        self.access_token = token
        self._renew_at = asked_at + lifetime - min(RENEW_BEFORE_SECONDS, lifetime / 2)

    def _token_of(self, response: Response) -> tuple[str, float]:
        try:
            answer = response.json() if response.ok else {}
            token, lifetime = answer["access_token"], float(answer.get("expires_in", 1800))
        except (ValueError, KeyError, TypeError, AttributeError):
            token, lifetime = None, 0.0
        if not isinstance(token, str) or not token:
            raise ApiError(
                f"{self._system}: the answer to the request for a token holds none (status {response.status_code}). "
                "Check the token's address; a proxy or a sign-in page may stand before the server."
            )
        return token, lifetime
