"""Fixtures of the quality tests."""

from collections.abc import Iterator

import pytest

from tests.quality.made_up_warehouse import MadeUpWarehouse


@pytest.fixture
def empty_warehouse() -> Iterator[MadeUpWarehouse]:
    warehouse = MadeUpWarehouse.empty()
    yield warehouse
    warehouse.connection.close()


@pytest.fixture
def clean_warehouse() -> Iterator[MadeUpWarehouse]:
    warehouse = MadeUpWarehouse.clean()
    yield warehouse
    warehouse.connection.close()
