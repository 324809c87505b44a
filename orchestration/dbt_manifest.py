"""The dbt project, dbt itself, and a manifest that is as new as the project it describes."""

import json
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from dagster_dbt import DbtCliResource, DbtProject

from orchestration.settings import DBT_PROJECT_DIR, warehouse_file

_INPUTS = ("*.yml", "macros/**/*", "models/**/*", "seeds/**/*", "tests/**/*")


def project_files() -> list[Path]:
    """Everything that the dbt project is written in."""
    return [path for pattern in _INPUTS for path in DBT_PROJECT_DIR.glob(pattern) if path.is_file()]


@cache
def dbt_project() -> DbtProject:
    """The dbt project with a current manifest: `dbt parse` runs when any of its files is newer."""
    warehouse_file()
    project = DbtProject(project_dir=DBT_PROJECT_DIR, profiles_dir=DBT_PROJECT_DIR)
    newest = max(path.stat().st_mtime for path in project_files())
    manifest = project.manifest_path
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        _parse(project)
    return project


def dbt_manifest() -> dict[str, Any]:
    """The manifest of the project as parsed JSON."""
    manifest: dict[str, Any] = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
    return manifest


def _parse(project: DbtProject) -> None:
    """Parse beside the target folder and move file by file, because two commands may do this at the same time."""
    target = project.manifest_path.parent
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix="parsing-") as folder:
        dbt_resource(project).cli(["parse", "--quiet"], target_path=Path(folder)).wait()
        written = [path for path in Path(folder).iterdir() if path.is_file()]
        # The manifest last: it is what tells that the others are as new.
        for path in sorted(written, key=lambda path: path.name == "manifest.json"):
            path.replace(target / path.name)


def dbt_resource(project: DbtProject) -> DbtCliResource:
    """dbt of the environment that runs us: its folder need not be on the PATH."""
    return DbtCliResource(project_dir=project, dbt_executable=str(Path(sys.executable).with_name("dbt")))
