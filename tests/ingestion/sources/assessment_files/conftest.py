"""A district whose assessment files are recognised by their headers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.district import District, read_district


@pytest.fixture
def assessment_district(tmp_path: Path) -> Callable[..., District]:
    """Write a district file for the folder `tmp_path/delivered` and read it; arguments are keys of the source."""

    def write(**source: Any) -> District:
        (tmp_path / "delivered").mkdir(exist_ok=True)
        path = tmp_path / "district.yml"
        path.write_text(
            yaml.safe_dump(
                {
                    "district": {"id": "d", "name": "D"},
                    "sources": {"assessment_files": {"root": "delivered", **(source or {"vendors": "auto"})}},
                }
            )
        )
        return read_district(path)

    return write
