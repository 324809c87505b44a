"""What connections to all web APIs share: the client's credentials, and how patiently the server is asked."""

from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from ingestion.errors import DistrictFileError
from ingestion.mapping import Strict
from ingestion.settings import Secret

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ApiConnection(Strict):
    """Credentials and patience.

    Attributes:
        client_id: where the key of the API client stands.
        client_secret: where its secret stands.
        connect_timeout_seconds: time to establish a connection.
        read_timeout_seconds: time without a byte from the server.
        max_attempts: how often one request is sent before landing gives up.
        backoff_seconds: first wait after a failure; it doubles each time.
        max_wait_seconds: longest wait, whatever the server's Retry-After says.
    """

    client_id: Secret
    client_secret: Secret
    connect_timeout_seconds: float = Field(default=10, gt=0)
    read_timeout_seconds: float = Field(default=120, gt=0)
    max_attempts: int = Field(default=6, ge=1)
    backoff_seconds: float = Field(default=1, ge=0)
    max_wait_seconds: float = Field(default=60, ge=0)


Connection = TypeVar("Connection", bound=ApiConnection)


def safe_url(url: str) -> str:
    """The address, if a secret may be sent to it.

    Raises:
        ValueError: it is not https and not this machine, holds a password or a query, or has a gap to fill in.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise ValueError("an address must not hold a user name, a password or a query")
    if "{" in url:
        raise ValueError("an address has a gap in braces; give the tenant or school year in base_url")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("an address must begin with https://, so that the secret does not travel in the open")
    return url.rstrip("/")


def read_connection(kind: type[Connection], system: str, connection: dict[str, Any]) -> Connection:
    """Check a system's connection in the district file.

    Raises:
        DistrictFileError: a key is missing, unknown or wrong; values are not repeated.
    """
    try:
        return kind.model_validate(connection)
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise DistrictFileError(
            f"sources.{system}.connection is not complete: {found}. See ingestion/sources/{system}/README.md."
        ) from None
