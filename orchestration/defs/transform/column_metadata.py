"""Columns of dbt's models and where each comes from, kept until the project's code changes.

Both follow from the code alone, and working them out takes dagster-dbt longer than dbt takes to build.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster._serdes import deserialize_value, serialize_value
from dagster_shared.serdes.errors import DeserializationError

from ingestion.mapping import raw_tables

COLUMN_METADATA_FILE = "column_metadata.json"
"""Beside the manifest, which follows from the same files."""

COLUMN_KEYS = ("dagster/column_schema", "dagster/column_lineage")
"""Metadata that is kept; what else is attached to a model, such as its row count, is of the day."""

ColumnMetadata = dict[str, Mapping[str, Any]]
"""Unique id of a model -> metadata under `COLUMN_KEYS`."""


def code_fingerprint(files: list[Path]) -> str:
    """What the columns of all models follow from: the project's files, the raw columns, and who traces them."""
    digest = hashlib.sha256(f"{version('dagster-dbt')} {version('sqlglot')} {sorted(raw_tables().items())}".encode())
    for path in sorted(files):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_column_metadata(path: Path, fingerprint: str) -> ColumnMetadata:
    """What was kept for this code; nothing where other code, or nothing readable, was kept."""
    try:
        kept: Any = deserialize_value(path.read_text(encoding="utf-8"), as_type=dict)
    except (OSError, ValueError, DeserializationError):
        return {}
    return dict(kept["models"]) if kept.get("fingerprint") == fingerprint else {}


def write_column_metadata(path: Path, fingerprint: str, models: ColumnMetadata) -> None:
    """Keep it in one step, because two runs may do so at the same time."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(serialize_value({"fingerprint": fingerprint, "models": models}))
    Path(file.name).replace(path)
