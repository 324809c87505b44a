"""How a OneRoster 1.2 REST service is reached: `sources: {oneroster: {connection: ...}}` in the district file."""

from pydantic import Field, field_validator

from ingestion.api_connection import ApiConnection, safe_url

SERVICE_PATH = "/ims/oneroster/rostering/v1p2"
_SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"


class OneRosterConnection(ApiConnection):
    """One rostering service and the manners in which it is asked.

    Attributes:
        base_url: the server, with or without the standard's path to the service.
        token_url: where the server gives tokens.
        scopes: what the token shall allow.
        page_size: rows per page; a server may give fewer.
        full_refresh_days: everything is read anew after so many days, for records that vanished without a word;
            0 means every time.
        overlap_minutes: changes are asked from so long before the newest one known, because a record may become
            visible after a later one.
    """

    base_url: str
    token_url: str
    scopes: tuple[str, ...] = (f"{_SCOPE}roster-core.readonly", f"{_SCOPE}roster-demographics.readonly")
    page_size: int = Field(default=1000, ge=2, le=100_000)
    full_refresh_days: int = Field(default=7, ge=0)
    overlap_minutes: int = Field(default=60, ge=0)

    @field_validator("base_url", "token_url")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        return safe_url(value)

    @property
    def service_url(self) -> str:
        """Address of the rostering service."""
        return self.base_url if self.base_url.endswith("/v1p2") else self.base_url + SERVICE_PATH
