"""Tests never read or write the district that lies in this checkout: they have a data folder of their own."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that reads settings; workers get what their controller has set."""
    if hasattr(config, "workerinput"):
        return
    for name in [name for name in os.environ if name.startswith("STOCKTAKE_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="stocktake-tests-"))
    os.environ["STOCKTAKE_DATA_DIR"] = str(folder / "data")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
