"""Builds small districts with the real dbt project."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from tests.dbt.raw_district import RawDistrict, random_district

PROJECT = Path(__file__).parents[2] / "dbt_project"


@dataclass(frozen=True)
class BuiltDistrict:
    """A warehouse after dbt ran over it."""

    raw: RawDistrict
    warehouse_file: Path
    result: dbtRunnerResult

    def table(self, name: str) -> pd.DataFrame:
        """A table or query of the warehouse."""
        with duckdb.connect(str(self.warehouse_file), read_only=True) as connection:
            return connection.sql(f"from {name}").df()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@dataclass(frozen=True)
class ParsedProject:
    """The project's manifest, and the folder with manifest.json and semantic_manifest.json."""

    manifest: Manifest
    target: Path


def run_dbt(
    command: list[str], warehouse_file: Path, target: Path, manifest: Manifest | None = None
) -> dbtRunnerResult:
    """Run one dbt command in this process, and let go of the warehouse afterwards."""
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    outputs = ["--target-path", str(target), "--log-path", str(target)]
    with _environment(
        STOCKTAKE_WAREHOUSE_FILE=str(warehouse_file), DBT_SEND_ANONYMOUS_USAGE_STATS="false", DO_NOT_TRACK="1"
    ):
        try:
            return dbtRunner(manifest=manifest).invoke([*command, "--quiet", *folders, *outputs])
        finally:
            DuckDBConnectionManager.close_all_connections()


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> ParsedProject:
    """The project, parsed once: every district has a warehouse of the same name."""
    target = tmp_path_factory.mktemp("project")
    parsed = run_dbt(["parse"], target / "district.duckdb", target)
    assert parsed.success, parsed.exception
    assert isinstance(parsed.result, Manifest)
    return ParsedProject(parsed.result, target)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> Callable[..., BuiltDistrict]:
    """build(raw, command, rejected=()): write the raw rows and run dbt over them."""

    def build_district(
        raw: RawDistrict, command: list[str], rejected: list[tuple[str, int]] | None = None
    ) -> BuiltDistrict:
        folder = tmp_path_factory.mktemp("district")
        warehouse_file = folder / "district.duckdb"
        raw.write(warehouse_file, rejected or [])
        result = run_dbt(command, warehouse_file, folder / "target", parsed_project.manifest)
        return BuiltDistrict(raw, warehouse_file, result)

    return build_district


@pytest.fixture(scope="session")
def small_district(build: Callable[..., BuiltDistrict]) -> BuiltDistrict:
    """A district of 150 students with everything that part of the models reads, built with all tests."""
    return build(random_district(seed=20261124, students=150), ["build"])
