"""The databases that a district may have: a SQLite file, and a PostgreSQL server where one can be started."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
import yaml

from ingestion.district import read_district
from ingestion.landing import land
from ingestion.landing_log import LandingLog
from tests.ingestion.sources.sis_database.postgres_server import PostgresServer, missing

Rows = list[tuple[Any, ...]]


@dataclass
class SisDatabase:
    """A database, a district file that names it, and the warehouse that it lands in."""

    folder: Path
    url: str
    connection: dict[str, Any]
    deliveries: dict[str, Any] = field(default_factory=dict)

    def execute(self, *statements: str) -> None:
        engine = sa.create_engine(self.url)
        with engine.begin() as target:
            for statement in statements:
                target.exec_driver_sql(statement)
        engine.dispose()

    def land(self, warehouse: str = "first") -> LandingLog:
        path = self.folder / "district.yml"
        source = {"connection": self.connection, "deliveries": self.deliveries}
        path.write_text(yaml.safe_dump({"district": {"id": "d", "name": "D"}, "sources": {"sis_database": source}}))
        return land("sis_database", read_district(path), self.warehouse(warehouse), self.folder / f"{warehouse}-dlt")

    def warehouse(self, name: str = "first") -> Path:
        return self.folder / f"{name}.duckdb"

    def rows(self, sql: str, warehouse: str = "first") -> Rows:
        with duckdb.connect(str(self.warehouse(warehouse)), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with PostgresServer() as server:
        yield server


@pytest.fixture
def sqlite_database(tmp_path: Path) -> SisDatabase:
    return SisDatabase(
        tmp_path, f"sqlite:///{tmp_path / 'sis.sqlite'}", {"drivername": "sqlite", "database": "sis.sqlite"}
    )


@pytest.fixture
def postgres_database(tmp_path: Path, postgres: PostgresServer) -> SisDatabase:
    name = f"sis_{secrets.token_hex(4)}"
    with postgres.connect() as server:
        server.execute(f"create database {name}")
    secret = tmp_path / "password"
    secret.write_text(postgres.password + "\n")
    connection = {
        "drivername": "postgresql",
        "host": "127.0.0.1",
        "port": postgres.port,
        "database": name,
        "username": "tester",
        "password": {"file": str(secret)},
    }
    return SisDatabase(tmp_path, postgres.url(name), connection)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> SisDatabase:
    """Each kind of database in turn."""
    wanted = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found: SisDatabase = request.getfixturevalue(wanted)
    return found


def causes(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def refused(land: Callable[[], object], kind: type[Exception]) -> str:
    """The one sentence with which landing was refused."""
    with pytest.raises(Exception) as raised:
        land()
    (message,) = {str(cause) for cause in causes(raised.value) if isinstance(cause, kind)}
    return message
