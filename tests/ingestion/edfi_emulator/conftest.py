"""A small sample district, its Ed-Fi documents in both data standards, and emulators that serve them."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from ingestion.edfi_emulator.server import RunningEmulator, serve
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.sample_district.as_edfi import build_edfi_documents
from ingestion.sample_district.generate import generate_sample_district
from tests.ingestion.edfi_emulator.clients import with_schools


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliveries without a dirty line."""
    target = tmp_path_factory.mktemp("clean") / "delivered"
    generate_sample_district(target, students=150, schools=3, years=2, seed=7, dirty_rate=0)
    return target


@pytest.fixture(scope="session")
def documents_of(delivered: Path) -> Callable[[int], duckdb.DuckDBPyConnection]:
    """The documents of a data standard, built once."""
    return cache(lambda standard: build_edfi_documents(delivered, standard))


@pytest.fixture(scope="session", params=[5, 6], ids=["standard 5", "standard 6"])
def documents(
    request: pytest.FixtureRequest, documents_of: Callable[[int], duckdb.DuckDBPyConnection]
) -> duckdb.DuckDBPyConnection:
    """The documents of each data standard in turn."""
    return documents_of(request.param)


@pytest.fixture
def running() -> Iterator[RunningEmulator]:
    """An emulator of data standard 5 with ten schools."""
    with serve(with_schools(EdfiStore(5), 10)) as emulator:
        yield emulator


@pytest.fixture
def running_6() -> Iterator[RunningEmulator]:
    """An emulator of data standard 6 with ten schools."""
    with serve(with_schools(EdfiStore(6), 10)) as emulator:
        yield emulator
