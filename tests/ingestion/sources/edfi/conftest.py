"""A district whose only source is a small Ed-Fi API, and its warehouse."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingestion.district import District, read_district
from ingestion.landing import land
from ingestion.landing_log import LandingLog
from tests.ingestion.sources.edfi.small_server import KEY, SECRET, SmallServer


class EdfiDistrict:
    """A warehouse that lands from one API."""

    def __init__(self, folder: Path, base_url: str, resources: tuple[str, ...] = (), **connection: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.warehouse = folder / "warehouse" / "district.duckdb"
        self.pipelines = folder / "dlt"
        path = folder / "district.yml"
        settings = {
            "base_url": base_url,
            "client_id": {"env": "EDFI_TEST_KEY"},
            "client_secret": {"env": "EDFI_TEST_SECRET"},
            "backoff_seconds": 0.01,
            "max_wait_seconds": 0.2,
            "max_attempts": 3,
            "connect_timeout_seconds": 5,
            "read_timeout_seconds": 5,
            **connection,
        }
        source: dict[str, Any] = {"connection": settings}
        if resources:
            source["deliveries"] = {name: [{}] for name in resources}
        path.write_text(yaml.safe_dump({"district": {"id": "d", "name": "D"}, "sources": {"edfi": source}}))
        self.district: District = read_district(path)

    def land(self) -> LandingLog:
        return land("edfi", self.district, self.warehouse, self.pipelines)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDFI_TEST_KEY", KEY)
    monkeypatch.setenv("EDFI_TEST_SECRET", SECRET)


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer().running() as running:
        yield running


@pytest.fixture
def district_of(tmp_path: Path) -> Callable[..., EdfiDistrict]:
    def make(server: SmallServer, *resources: str, **connection: Any) -> EdfiDistrict:
        return EdfiDistrict(tmp_path / "district", server.base_url, resources, **connection)

    return make


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
