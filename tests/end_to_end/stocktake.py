"""A district in a folder of its own, driven through the `stocktake` command as a user drives it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import ApiSettings

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "orchestration.cli"]


@dataclass
class Stocktake:
    """One installation: its data folder and settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STOCKTAKE_")}
        # Relative, as the default is: a step that moves to another directory must not lose the data folder.
        return {**kept, "STOCKTAKE_DATA_DIR": self.folder.name, "COLUMNS": "200", **self.settings}

    @property
    def delivered(self) -> Path:
        return self.folder / "sample_district" / "delivered"

    @property
    def truth(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.delivered / "truth.json").read_text())
        return found

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder.parent,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def run(self, *, succeeds: bool = True) -> str:
        ended = self.command("run")
        assert (ended.returncode == 0) is succeeds, ended.stdout + ended.stderr
        return ended.stdout

    def kill_run_at(self, step_title: str) -> None:
        """Start a run, and kill its process without warning once it says that it is at the step."""
        process = subprocess.Popen(
            [*COMMAND, "run"], cwd=self.folder.parent, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if step_title in line:
                time.sleep(0.2)
                process.send_signal(signal.SIGKILL)
                process.wait()
                return
        raise AssertionError(f"the run ended before '{step_title}':\n{''.join(seen)}")

    @contextmanager
    def api(self) -> Iterator[TestClient]:
        settings = ApiSettings(data_dir=self.folder, serving_dir=self.folder / "serving", minimum_n=1)
        with TestClient(create_app(settings)) as client:
            yield client

    def get(self, url: str) -> dict[str, Any]:
        with self.api() as client:
            response = client.get(url)
            assert response.status_code == 200, response.text
            body: dict[str, Any] = response.json()
            return body

    def warehouse(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "warehouse" / "district.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def pointer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "serving" / "current.json").read_text())
        return found
