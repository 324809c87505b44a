"""Issues and checks access tokens as OAuth2 client credentials do."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class TokenIssuer:
    """Knows one client.

    lifetime: seconds that a token lives, as announced in `expires_in`.
    clock:    seconds, for tests that do not want to wait.
    """

    client_id: str
    client_secret: str
    lifetime: float = 1800
    clock: Callable[[], float] = time.monotonic
    _tokens: dict[str, float] = field(default_factory=dict)

    def issue(self) -> str:
        """Return a new token."""
        token = secrets.token_hex(16)
        self._tokens[token] = self.clock() + self.lifetime
        return token

    def knows(self, client_id: str, client_secret: str) -> bool:
        """Tell whether the credentials are those of the client."""
        return hmac.compare_digest(client_id, self.client_id) and hmac.compare_digest(client_secret, self.client_secret)

    def accepts(self, authorization: str) -> bool:
        """Tell whether an Authorization header carries a token that is known and alive."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and self._tokens.get(token.strip(), 0) > self.clock()

    def revoke_all(self) -> None:
        """End every token before its time."""
        self._tokens.clear()


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Return user and password of a Basic Authorization header, None when it is not one."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, separator, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if separator else None
