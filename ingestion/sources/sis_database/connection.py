"""How a district's database is reached: its settings, the engine, and what its failures mean in words.

Nothing here writes the URL or a password into a log or an error. A driver's own message may quote a stored value,
so errors name the table, the host and the remedy, and leave the driver's words out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import adbc_driver_manager
import sqlalchemy as sa
from pydantic import Field, ValidationError, model_validator
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ingestion.errors import DistrictFileError
from ingestion.mapping import Strict
from ingestion.settings import Secret, read_secret
from ingestion.sources.sis_database.errors import DatabaseReadError

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""psycopg 3 is the PostgreSQL driver that the platform installs; SQLAlchemy's default is another one."""

_AUTHENTICATION = ("28000", "28P01")
_SQLSTATES = {
    "3D000": "there is no such database. Check `database` in the district file",
    "42501": "the user may not read it. Grant the user SELECT on it",
    "57014": "the database took longer than statement_timeout_seconds. Raise it in the district file, "
    "or read the table with a cursor column that has an index",
    "57P03": "the server is starting or stopping. Run again in a minute",
    "53300": "the server has no free connection. Run again, or let its administrator raise max_connections",
}


class DatabaseConnection(Strict):
    """The `connection` of `sis_database` in a district file.

    Attributes:
        url: a whole SQLAlchemy URL, which holds a password and so is named like any secret.
        database: name of the database; for SQLite its file, relative to the source's `root`.
        db_schema: `schema` in the district file; the user's own when empty.
        cursors: entity -> cursor column, for the standard layout; a delivery's own `cursor` comes first.
        lookback_hours: how far a read by a timestamp goes back before the last one, for changes committed late.
        lookback_ids: the same where the cursor is a number.
        full_refresh_days: age at which an entity with a cursor is read whole again, which is when deleted rows go.
        chunk_rows: rows in memory at a time.
    """

    url: Secret | None = None
    drivername: str = ""
    host: str | None = None
    port: int | None = None
    database: str = ""
    username: str | Secret | None = None
    password: Secret | None = None
    db_schema: str = Field(default="", alias="schema")
    cursors: dict[str, str] = Field(default={})
    lookback_hours: float = Field(default=24, ge=0)
    lookback_ids: int = Field(default=1000, ge=0)
    full_refresh_days: int = Field(default=7, ge=0)
    connect_timeout_seconds: int = Field(default=10, ge=1)
    statement_timeout_seconds: int = Field(default=300, ge=1)
    chunk_rows: int = Field(default=50_000, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (not self.drivername):
            raise ValueError("give either url, as {env: NAME} or {file: /path}, or drivername, host, database and user")
        return self


def read_connection(connection: dict[str, Any], entities: frozenset[str]) -> DatabaseConnection:
    """Check the `connection` of a district file.

    Args:
        entities: names that `cursors` may use.

    Raises:
        DistrictFileError: a setting is unknown or wrong; values are not repeated, one could be a password.
    """
    try:
        settings = DatabaseConnection.model_validate(connection)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'connection'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise DistrictFileError(
            f"The connection of sis_database is not right: {problems}. See docs/guides/connect-your-district.md."
        ) from None
    unknown = sorted(set(settings.cursors) - entities)
    if unknown:
        raise DistrictFileError(
            f"sis_database.connection.cursors names {', '.join(unknown)}, which sis_database does not have. "
            f"Known: {', '.join(sorted(entities))}."
        )
    return settings


@contextmanager
def open_database(settings: DatabaseConnection, root: Path) -> Iterator[sa.Engine]:
    """A read-only engine that is closed at the end.

    Args:
        root: base of a SQLite file's relative path.

    Raises:
        DistrictFileError: the URL or driver is not usable.
        DatabaseReadError: a SQLite file does not exist.
    """
    url = _url(settings, root)
    try:
        engine = sa.create_engine(
            url,
            # One connection at a time, none kept: a nightly read must not hold a seat at the district's server.
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=_connect_arguments(url, settings),
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DistrictFileError(
            f"sis_database: no driver for '{url.drivername}' is installed. postgresql and sqlite are; "
            "for another database install its SQLAlchemy driver and name it in `drivername`."
        ) from error
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", _prepare_postgresql(settings))
        # One snapshot per table, and a promise to the district that nothing is written.
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        yield engine
    finally:
        engine.dispose()


def session_settings(settings: DatabaseConnection) -> tuple[str, ...]:
    """What a PostgreSQL session starts with; by SET and not by start-up options, because poolers refuse those."""
    return (
        f"set statement_timeout = {settings.statement_timeout_seconds * 1000}",
        "set client_encoding = 'UTF8'",
        "set datestyle = 'ISO, YMD'",
        "set timezone = 'UTC'",
    )


@contextmanager
def plain_database_errors(engine: sa.Engine, table: str) -> Iterator[None]:
    """Turn what a driver raises into one sentence about the table, the host and the remedy.

    Raises:
        DatabaseReadError: the database was not reached, or did not answer.
    """
    try:
        yield
    except (SQLAlchemyError, adbc_driver_manager.Error, OSError, UnicodeError) as error:
        # Without a cause: the driver's error may quote a value, and a run's log shows causes.
        raise DatabaseReadError(
            f"sis_database: table {table} at {place_of(engine.url)} was not read: {_meaning(error)}."
        ) from None


def place_of(url: sa.URL) -> str:
    """Where a database is, without user or password."""
    if url.host is None:
        return Path(url.database or "").name or url.get_backend_name()
    return f"{url.host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _url(settings: DatabaseConnection, root: Path) -> sa.URL:
    if settings.url is not None:
        text = read_secret(settings.url, "The URL of sis_database")
        try:
            url = sa.make_url(text)
        except ArgumentError:
            # SQLAlchemy's message repeats the text, password and all.
            raise DistrictFileError(
                "The URL of sis_database is not one. It must be like postgresql://user:password@host:5432/database; "
                "special characters in the password must be percent-encoded."
            ) from None
    else:
        username = settings.username
        url = sa.URL.create(
            settings.drivername,
            username=read_secret(username, "The user of sis_database") if isinstance(username, Secret) else username,
            password=read_secret(settings.password, "The password of sis_database") if settings.password else None,
            host=settings.host,
            port=settings.port,
            database=settings.database,
        )
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    return _sqlite_url(url, root) if url.get_backend_name() == "sqlite" else url


def _sqlite_url(url: sa.URL, root: Path) -> sa.URL:
    """Read-only, because SQLite would create a file that is not there."""
    path = root / (url.database or "")
    if not path.is_file():
        raise DatabaseReadError(
            f"sis_database: there is no SQLite file {path}. Check `database` in the district file, which is relative "
            "to `root`, and that the file has arrived."
        )
    return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _connect_arguments(url: sa.URL, settings: DatabaseConnection) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return {"timeout": settings.connect_timeout_seconds}
    return {"connect_timeout": settings.connect_timeout_seconds} if backend == "postgresql" else {}


def _prepare_postgresql(settings: DatabaseConnection) -> Any:
    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for statement in session_settings(settings):
                cursor.execute(statement)
        connection.commit()

    return prepare


def _meaning(error: Exception) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or ""
    # ADBC appends the query, whose names may be any words.
    words = str(original or error).lower().split("\nquery")[0]
    if isinstance(error, UnicodeError) or "could not decode" in words:
        return "it holds text that is not UTF-8. Correct the encoding in the database, or read a view that converts it"
    if state in _SQLSTATES:
        return _SQLSTATES[state]
    if state in _AUTHENTICATION or "authentication failed" in words or "no password supplied" in words:
        return "the user or password was refused. Renew the secret that the district file names"
    if 'database "' in words and "does not exist" in words:
        return _SQLSTATES["3D000"]
    if "locked" in words:
        return "another program holds the file. Run again when it has finished"
    if "not a database" in words or "malformed" in words:
        return "the file is not a SQLite database. Send it again"
    unreached = (sa.exc.OperationalError, adbc_driver_manager.OperationalError, OSError)
    if isinstance(error, unreached) or state.startswith(("08", "57P")):
        return "the server was not reached or cut the connection. Check host, port and network, and that it is up"
    return f"the database refused the query ({state or type(error).__name__}). Check the table and its columns"
