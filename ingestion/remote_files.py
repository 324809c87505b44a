"""File drops on other machines: an SFTP server or an S3-compatible store, through fsspec.

The SFTP server's key is checked against known_hosts or a fingerprint and never added silently. Every step has a
time limit, and every failure becomes one message that says what to do.
"""

import base64
import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import botocore.exceptions  # type: ignore[import-untyped]
import fsspec  # type: ignore[import-untyped]
import paramiko
import s3fs  # type: ignore[import-untyped]
from fsspec.implementations.sftp import SFTPFileSystem  # type: ignore[import-untyped]

from ingestion.errors import IngestionError, SourceUnreachableError
from ingestion.file_connection import FileConnection
from ingestion.settings import Secret, read_secret

_NETWORK_ERRORS = (OSError, EOFError, paramiko.SSHException, botocore.exceptions.BotoCoreError)

_S3_REMEDIES = {
    "ExpiredToken": "the session token has expired. Renew it where connection.session_token says.",
    "TokenRefreshRequired": "the session token has expired. Renew it where connection.session_token says.",
    "InvalidAccessKeyId": "the access key is not known. Renew it where connection.access_key_id says.",
    "SignatureDoesNotMatch": "the secret key is wrong. Correct it where connection.secret_access_key says.",
    "AccessDenied": "the key may not list or read there. Ask for read access to this prefix.",
    "403": "the key is wrong, has expired or may not read there. Renew it or ask for read access to this prefix.",
    "NoSuchBucket": "there is no such bucket. Check `root` in the district file.",
}


class RemoteFolder:
    """A folder on an SFTP server or in a bucket. The connection is opened at first use and closed with the object."""

    def __init__(self, url: str, connection: FileConnection) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._connection = connection
        self._filesystem: fsspec.AbstractFileSystem | None = None

    @property
    def _root(self) -> str:
        path = unquote(self._parts.path)
        return path.rstrip("/") or "/" if self._parts.scheme == "sftp" else f"{self._parts.netloc}{path}".rstrip("/")

    def list_files(self) -> Iterator[tuple[str, date]]:
        """Names relative to the folder, and the days on which the files were last changed.

        Raises:
            SourceUnreachableError: no connection, no login, or no such folder.
        """
        with self._explained("listing its files"):
            filesystem = self._open_filesystem()
            if self._parts.scheme == "sftp":
                filesystem.info(self._root)  # A missing folder would look like an empty one.
            found = filesystem.find(self._root, detail=True)
        for path, details in sorted(found.items()):
            name = path.removeprefix(self._root).lstrip("/")
            if name:
                yield name, _changed_on(details)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A file's content as a seekable stream.

        Raises:
            SourceUnreachableError: the file is gone, or the connection broke while it was read.
        """
        path = f"{self._root.rstrip('/')}/{name}"
        with self._explained(f"reading {name}"), self._open_filesystem().open(path, "rb") as file:
            if isinstance(file, paramiko.SFTPFile) and PurePosixPath(name).suffix.lower() != ".zip":
                # Without it, every block costs a round trip.
                file.prefetch(max_concurrent_requests=64)
            yield file

    def _open_filesystem(self) -> Any:
        if self._filesystem is None:
            self._filesystem = (
                _sftp(self._parts.hostname or "", self._parts.port or 22, self._connection, self.url)
                if self._parts.scheme == "sftp"
                else _s3(self._connection, self.url)
            )
        return self._filesystem

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except IngestionError:
            raise
        except _NETWORK_ERRORS as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            self._filesystem = None
            raise SourceUnreachableError(f"{self.url}: {doing} failed: {_remedy(error)}") from error


class _CheckedSftp(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's SFTP file system, except that it checks the server's key and has time limits."""

    protocol = "sftp"
    cachable = False

    def __init__(self, host: str, host_keys: Path | None, fingerprint: str, timeout: float, **login: Any) -> None:
        self._host_keys = host_keys
        self._fingerprint = fingerprint
        self._timeout = timeout
        super().__init__(host, **login)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        if self._fingerprint:
            self.client.set_missing_host_key_policy(_ExpectedKey(self._fingerprint))
        else:
            if self._host_keys is not None and self._host_keys.is_file():
                self.client.load_host_keys(str(self._host_keys))
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.client.connect(
            self.host,
            timeout=self._timeout,
            banner_timeout=self._timeout,
            auth_timeout=self._timeout,
            channel_timeout=self._timeout,
            allow_agent=False,
            look_for_keys=False,
            **self.ssh_kwargs,
        )
        self.ftp = self.client.open_sftp()
        if (channel := self.ftp.get_channel()) is not None:
            channel.settimeout(self._timeout)


class _ExpectedKey(paramiko.MissingHostKeyPolicy):
    """Accepts the one key whose SHA-256 fingerprint the district file names."""

    def __init__(self, fingerprint: str) -> None:
        self._expected = fingerprint.removeprefix("SHA256:").rstrip("=")

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        shown = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if shown != self._expected:
            raise paramiko.SSHException(f"Server {hostname!r} has the key SHA256:{shown} and not the expected one")


def _sftp(host: str, port: int, connection: FileConnection, url: str) -> _CheckedSftp:
    login: dict[str, Any] = {"port": port, "username": _plain(connection.username, f"the user name of {url}")}
    if connection.password:
        login["password"] = read_secret(connection.password, f"the password of {url}")
    if connection.key_file:
        key_file = connection.key_file.expanduser()
        if not key_file.is_file():
            raise SourceUnreachableError(f"{url}: there is no private key at {key_file}. Correct connection.key_file.")
        login["key_filename"] = str(key_file)
    if connection.key_passphrase:
        login["passphrase"] = read_secret(connection.key_passphrase, f"the passphrase of the key of {url}")
    return _CheckedSftp(
        host,
        host_keys=connection.known_hosts.expanduser(),
        fingerprint=connection.host_fingerprint,
        timeout=connection.timeout_seconds,
        **login,
    )


def _s3(connection: FileConnection, url: str) -> s3fs.S3FileSystem:
    login: dict[str, Any] = {}
    if connection.access_key_id and connection.secret_access_key:
        login["key"] = read_secret(connection.access_key_id, f"the access key of {url}")
        login["secret"] = read_secret(connection.secret_access_key, f"the secret key of {url}")
    if connection.session_token:
        login["token"] = read_secret(connection.session_token, f"the session token of {url}")
    return s3fs.S3FileSystem(
        **login,
        endpoint_url=connection.endpoint_url or None,
        client_kwargs={"region_name": connection.region} if connection.region else {},
        config_kwargs={
            "connect_timeout": connection.timeout_seconds,
            "read_timeout": connection.timeout_seconds,
            "retries": {"max_attempts": 3},
        },
        skip_instance_cache=True,
        use_listings_cache=False,
    )


def _plain(value: str | Secret, purpose: str) -> str:
    return read_secret(value, purpose) if isinstance(value, Secret) else value


def _changed_on(details: dict[str, Any]) -> date:
    changed = details.get("mtime") or details.get("LastModified") or datetime.now(UTC)
    return (changed.astimezone(UTC) if isinstance(changed, datetime) else datetime.fromtimestamp(changed, UTC)).date()


def _remedy(error: BaseException) -> str:
    """What went wrong and what to do, from our own words only: a server's text is not repeated."""
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            "the server shows another key than known_hosts has. Ask the operator whether the key was changed; "
            "if so, replace it in connection.known_hosts."
        )
    if isinstance(error, paramiko.AuthenticationException):
        return (
            "the login was refused. The password or key is wrong or has expired: "
            "renew it where connection.password or connection.key_file says."
        )
    if isinstance(error, paramiko.PasswordRequiredException):
        return "the private key needs a passphrase. Name it in connection.key_passphrase."
    if isinstance(error, paramiko.SSHException):
        if "not found in known_hosts" in str(error) or "not the expected one" in str(error):
            return (
                "the server's key is not the one that this machine knows. Check its fingerprint with the operator, "
                "then add it to connection.known_hosts or set connection.host_fingerprint."
            )
        return "the server broke off. Run again; if it stays, ask the operator of the server."
    if isinstance(error, botocore.exceptions.NoCredentialsError):
        return "this machine has no credentials. Name connection.access_key_id and connection.secret_access_key."
    code = str(getattr(error.__cause__, "response", {}).get("Error", {}).get("Code", ""))
    if code in _S3_REMEDIES:
        return _S3_REMEDIES[code]
    if isinstance(error, TimeoutError):
        return "the server did not answer in time. Run again, or raise connection.timeout_seconds."
    if isinstance(error, FileNotFoundError):
        return "it is not there. Check `root` in the district file, and that the delivery has arrived."
    if isinstance(error, PermissionError):
        return "the account may not read there, or its key has expired. Ask for read access or renew the key."
    return "no connection, or it broke off. Check the address and the network, and run again."
