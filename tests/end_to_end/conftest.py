"""Small districts, generated and run once per session; tests that change one take a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.end_to_end.stocktake import Stocktake


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> tuple[Stocktake, str]:
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        # The workers of one session have folders of their own beside each other, and share the district.
        folder = folder.parent
    district, printed = Stocktake(folder / "end_to_end_district"), folder / "end_to_end_first_run.txt"
    with FileLock(folder / "end_to_end.lock"):
        if not printed.exists():
            district.folder.mkdir()
            sampled = district.command("sample", "--students", "900", "--schools", "4", "--years", "2")
            assert sampled.returncode == 0, sampled.stdout + sampled.stderr
            printed.write_text(district.run())
    return district, printed.read_text()


@pytest.fixture(scope="session")
def district(_template: tuple[Stocktake, str]) -> Stocktake:
    """A small sample district after its first run; for reading only."""
    return _template[0]


@pytest.fixture(scope="session")
def first_run_output(_template: tuple[Stocktake, str]) -> str:
    """What the first run printed."""
    return _template[1]


@pytest.fixture
def own_district(district: Stocktake, tmp_path: Path) -> Stocktake:
    """A copy of the district after its first run, to change at will."""
    return copy_district(district, tmp_path / "district")


@pytest.fixture(scope="session")
def copy() -> Callable[[Stocktake, Path], Stocktake]:
    return copy_district


def copy_district(district: Stocktake, folder: Path) -> Stocktake:
    shutil.copytree(district.folder, folder)
    # Dagster's home has absolute paths of the original; a copy keeps its checks' history all the same.
    return Stocktake(folder)
