"""Keeps dbt's manifest as new as the project it describes."""

from functools import cache

from dagster_dbt import DbtProject

from orchestration.settings import DBT_PROJECT_DIR, warehouse_file

_INPUTS = ("*.yml", "macros/**/*", "models/**/*", "seeds/**/*", "tests/**/*")


@cache
def dbt_project() -> DbtProject:
    """The dbt project with a manifest that is current: `dbt parse` runs when any of its files is newer."""
    warehouse_file()
    project = DbtProject(project_dir=DBT_PROJECT_DIR, profiles_dir=DBT_PROJECT_DIR)
    manifest = project.manifest_path
    newest = max(
        path.stat().st_mtime
        for pattern in _INPUTS
        for path in DBT_PROJECT_DIR.glob(pattern)
        if path.is_file()
    )
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        project.preparer.prepare(project)
    return project
