"""OAuth 2 client credentials as Ed-Fi asks for them: Basic authentication, a bearer token, early renewal."""

import time
from typing import Any

from dlt.sources.helpers.requests import RequestException, Response
from dlt.sources.helpers.requests.session import Session
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials

from ingestion.sources.edfi.errors import EdfiApiError

RENEW_BEFORE_SECONDS = 120
"""A token is renewed this long before it expires, so that none expires on its way; half its life if that is less."""


class EdfiAuthorization(OAuth2ClientCredentials):
    """Signs requests with a token that it obtains when needed.

    It shows none of its secrets when it is printed.
    """

    def __init__(self, token_url: str, client_id: str, client_secret: str, session: Session) -> None:
        super().__init__(access_token_url=token_url, client_id=client_id, client_secret=client_secret, session=session)
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    __str__ = __repr__

    def __call__(self, request: Any) -> Any:
        """Put the token on a prepared request."""
        if self.access_token is None or self.is_token_expired():
            self.obtain_token()
        request.headers["Authorization"] = f"Bearer {self.access_token}"
        return request

    def is_token_expired(self) -> bool:
        """True from two minutes before the token expires."""
        return time.monotonic() >= self._renew_at

    def build_access_token_request(self) -> dict[str, Any]:
        """Basic authentication, as the ODS/API documents it; nothing secret stands in the body."""
        return {
            "auth": (self.client_id, self.client_secret),
            "data": {"grant_type": "client_credentials"},
            "headers": {"Accept": "application/json"},
            "allow_redirects": False,
        }

    def obtain_token(self) -> None:
        """Ask for a new token.

        Raises:
            EdfiApiError: the server refuses the client or does not answer with a token.
        """
        asked_at = time.monotonic()
        try:
            response = self.session.post(self.access_token_url, **self.build_access_token_request())
        except RequestException as error:
            # The request in the error holds the secret, so the error does not travel on.
            raise EdfiApiError(
                f"edfi: no token could be had ({type(error).__name__}). Check that the server is up and can be reached."
            ) from None
        if response.status_code in (400, 401, 403):
            raise EdfiApiError(
                f"edfi: the server refuses the client's key and secret (status {response.status_code}). "
                "Check that both are right and that the secret has not expired."
            )
        token, lifetime = _token_of(response)
        self.access_token = token
        self._renew_at = asked_at + lifetime - min(RENEW_BEFORE_SECONDS, lifetime / 2)


def _token_of(response: Response) -> tuple[str, float]:
    try:
        answer = response.json() if response.ok else {}
        token, lifetime = answer["access_token"], float(answer.get("expires_in", 1800))
    except (ValueError, KeyError, TypeError, AttributeError):
        token, lifetime = None, 0.0
    if not isinstance(token, str) or not token:
        raise EdfiApiError(
            f"edfi: the server's answer to the request for a token holds none (status {response.status_code}). "
            "Check base_url; a proxy or a sign-in page may stand before the server."
        )
    return token, lifetime
