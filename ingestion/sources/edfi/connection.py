"""How a district's Ed-Fi API is reached: `sources: {edfi: {connection: ...}}` in the district file."""

from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator

from ingestion.errors import DistrictFileError
from ingestion.mapping import Strict
from ingestion.settings import Secret

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class EdfiConnection(Strict):
    """One API and the manners in which it is asked.

    Attributes:
        base_url: address of the API's discovery document, with tenant and school year where the server has them.
        client_id: where the key of the API client stands.
        client_secret: where its secret stands.
        page_size: rows per page; no more than the server allows, which by default is 500.
        overlap: change versions that are read again each time, because a transaction may commit after a later one.
        full_refresh_days: everything is read anew after so many days, for rows that the client newly may see;
            0 means every time.
        connect_timeout_seconds: time to establish a connection.
        read_timeout_seconds: time without a byte from the server.
        max_attempts: how often one request is sent before landing gives up.
        backoff_seconds: first wait after a failure; it doubles each time.
        max_wait_seconds: longest wait, whatever the server's Retry-After says.
    """

    base_url: str
    client_id: Secret
    client_secret: Secret
    page_size: int = Field(default=500, ge=1, le=10_000)
    overlap: int = Field(default=10_000, ge=0)
    full_refresh_days: int = Field(default=7, ge=0)
    connect_timeout_seconds: float = Field(default=10, gt=0)
    read_timeout_seconds: float = Field(default=120, gt=0)
    max_attempts: int = Field(default=6, ge=1)
    backoff_seconds: float = Field(default=1, ge=0)
    max_wait_seconds: float = Field(default=60, ge=0)

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        return safe_url(value)


def safe_url(url: str) -> str:
    """The address, if a secret may be sent to it.

    Raises:
        ValueError: it is not https and not this machine, holds a password, or has a gap to fill in.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("an address must not hold a user name or a password")
    if "{" in url:
        raise ValueError("an address has a gap in braces; give the tenant or school year in base_url")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("an address must begin with https://, so that the secret does not travel in the open")
    return url


def read_connection(connection: dict[str, Any]) -> EdfiConnection:
    """Check the connection of the district file.

    Raises:
        DistrictFileError: a key is missing, unknown or wrong; values are not repeated.
    """
    try:
        return EdfiConnection.model_validate(connection)
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise DistrictFileError(
            f"sources.edfi.connection is not complete: {found}. See ingestion/sources/edfi/README.md."
        ) from None
