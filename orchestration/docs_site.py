"""Writes dbt's documentation of the models as one page that needs neither a server nor a network.

python -m orchestration.docs_site          (or `make docs`)
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from orchestration.settings import DBT_PROJECT_DIR, REPOSITORY

DOCS_DIR = REPOSITORY / "build" / "docs"


def write_docs(folder: Path = DOCS_DIR) -> Path:
    """Generate the page from the definitions alone: no district's warehouse is opened, so none need be at hand."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["docs", "generate", "--static", "--empty-catalog", "--quiet"]
        places = ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
        outputs = ["--target-path", scratch, "--log-path", scratch]
        environment = {
            **os.environ,
            # The name of the file becomes the catalog that the pages speak of.
            "STOCKTAKE_WAREHOUSE_FILE": str(Path(scratch) / "district.duckdb"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
        dbt = str(Path(sys.executable).with_name("dbt"))
        subprocess.run([dbt, *command, *places, *outputs], env=environment, check=True)  # noqa: S603 # our own words
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "index.html"
        page.write_bytes((Path(scratch) / "static_index.html").read_bytes())
    return page


if __name__ == "__main__":
    print(f"wrote {write_docs().relative_to(REPOSITORY)}")  # noqa: T201
