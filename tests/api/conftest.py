"""The real metric definitions, served over generated students."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import ApiSettings
from tests.api import quality_reports
from tests.api.serving_folder import SECOND, ServingFolder, generate_students
from tests.quality.made_up_warehouse import MadeUpWarehouse

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture(scope="session")
def manifest_json(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The semantic manifest of our own dbt project, so that these tests cannot drift from the definitions.

    dbt runs in a process of its own: the API must work in one that has never imported it.
    """
    target = tmp_path_factory.mktemp("dbt")
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "--log-path", str(target), "parse"]
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target)]
    environment = {
        **os.environ,
        # The name of the file becomes the catalog in the compiled SQL.
        "STOCKTAKE_WAREHOUSE_FILE": str(target / "district.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run([*command, *folders], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (target / "semantic_manifest.json").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def students(manifest_json: str) -> pd.DataFrame:
    return generate_students(manifest_json)


@pytest.fixture(scope="session")
def judged_warehouse() -> Iterator[MadeUpWarehouse]:
    """A warehouse with findings. Tests must not change it."""
    warehouse = quality_reports.warehouse_with_findings()
    yield warehouse
    warehouse.connection.close()


@pytest.fixture(scope="session")
def published(
    tmp_path_factory: pytest.TempPathFactory,
    manifest_json: str,
    students: pd.DataFrame,
    judged_warehouse: MadeUpWarehouse,
) -> ServingFolder:
    """A folder with one snapshot that serves everything, and a report. Tests must not change it."""
    folder = ServingFolder(tmp_path_factory.mktemp("serving"), manifest_json)
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    quality_reports.publish(judged_warehouse, folder.root)
    return folder


@pytest.fixture
def folder(tmp_path: Path, manifest_json: str) -> ServingFolder:
    """An empty serving folder of the test's own."""
    return ServingFolder(tmp_path / "serving", manifest_json)


@pytest.fixture(scope="session")
def client(published: ServingFolder) -> Iterator[TestClient]:
    """A client of the shared folder."""
    with TestClient(create_app(ApiSettings(serving_dir=published.root)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client_of() -> Iterator[Callable[..., TestClient]]:
    """Makes clients of a test's own folder, with settings of its own."""
    clients: list[TestClient] = []

    def make(folder: ServingFolder, **settings: object) -> TestClient:
        app = create_app(ApiSettings(serving_dir=folder.root, **settings))  # type: ignore[arg-type]
        client = TestClient(app, raise_server_exceptions=False)
        clients.append(client.__enter__())
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)
