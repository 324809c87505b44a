"""How to log in to a file drop: the `connection` of a source whose `root` is an address."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingestion.settings import Secret

SCHEMES = ("sftp", "s3")


class FileConnection(BaseModel):
    """Login and limits for `sftp://host[:port]/folder` or `s3://bucket/prefix`. Secrets are named, never written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    """Longest wait for the server at any one step."""

    username: str | Secret = ""
    """SFTP: the account."""
    password: Secret | None = None
    key_file: Path | None = None
    """SFTP: a private key, readable by this user only."""
    key_passphrase: Secret | None = None
    known_hosts: Path = Path("~/.ssh/known_hosts")
    """SFTP: the file that holds the server's key, as ssh-keyscan writes it."""
    host_fingerprint: str = Field(default="", pattern=r"^(SHA256:[A-Za-z0-9+/]{43}=?)?$")
    """SFTP: the server's key as `ssh-keygen -lf` shows it; takes the place of known_hosts."""

    access_key_id: Secret | None = None
    """S3: without it, the machine's own role or profile is used."""
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    endpoint_url: str = ""
    """S3: address of a compatible store such as MinIO; empty for Amazon's."""
    region: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError("access_key_id and secret_access_key belong together: give both or neither")
        return self

    def check_for(self, scheme: str) -> None:
        """Raise ValueError when the scheme is unknown or a needed login is not named."""
        if scheme not in SCHEMES:
            raise ValueError(f"addresses begin with {' or '.join(f'{known}://' for known in SCHEMES)}, not {scheme}://")
        if scheme == "sftp" and not (self.username and (self.password or self.key_file)):
            raise ValueError(
                "an sftp:// root needs connection.username, and connection.password or connection.key_file"
            )
