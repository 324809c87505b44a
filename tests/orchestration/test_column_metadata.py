"""Columns and their origins are kept as they were found, and forgotten when the code changes."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._serdes import serialize_value

from orchestration.defs.transform.column_metadata import (
    COLUMN_KEYS,
    ColumnMetadata,
    code_fingerprint,
    read_column_metadata,
    write_column_metadata,
)

SCHEMA = dg.TableSchema([dg.TableColumn("student_key", "varchar", description="Who.")])
LINEAGE = dg.TableColumnLineage(
    {"student_key": [dg.TableColumnDep(dg.AssetKey(["raw", "users"]), "sourced_id")], "row_id": []}
)
FOUND: ColumnMetadata = {
    "model.stocktake.dim_student": {
        COLUMN_KEYS[0]: dg.MetadataValue.table_schema(SCHEMA),
        COLUMN_KEYS[1]: dg.MetadataValue.column_lineage(LINEAGE),
    },
    "seed.stocktake.grade_levels": {COLUMN_KEYS[0]: dg.MetadataValue.table_schema(SCHEMA)},
}


def test_what_was_found_comes_back(tmp_path: Path) -> None:
    kept_in = tmp_path / "columns.json"
    assert read_column_metadata(kept_in, "code") == {}
    write_column_metadata(kept_in, "code", FOUND)
    assert read_column_metadata(kept_in, "code") == FOUND
    assert read_column_metadata(kept_in, "other code") == {}
    assert list(tmp_path.iterdir()) == [kept_in]


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}", serialize_value({"fingerprint": "other", "models": {}})])
def test_what_cannot_be_read_is_found_anew(tmp_path: Path, content: str) -> None:
    kept_in = tmp_path / "columns.json"
    kept_in.write_text(content)
    assert read_column_metadata(kept_in, "code") == {}


def test_any_change_of_the_code_is_another_code(tmp_path: Path) -> None:
    files = [tmp_path / "a.sql", tmp_path / "b.sql"]
    seen = set()
    for contents in (("select 1", ""), ("select 2", ""), ("", "select 1"), ("select 1", "")):
        for path, content in zip(files, contents, strict=True):
            path.write_text(content)
        seen.add(code_fingerprint(files))
    assert len(seen) == 3
