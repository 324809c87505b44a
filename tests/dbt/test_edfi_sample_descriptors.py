"""Every descriptor value that the sample district sends and conforming reads stands in the crosswalk."""

from pathlib import Path

import duckdb
import pytest

from ingestion.sample_district.as_edfi import build_edfi_documents
from ingestion.sample_district.generate import generate_sample_district
from tests.dbt.test_edfi_descriptors import DESCRIPTORS, seed


@pytest.mark.parametrize("standard", [5, 6])
def test_the_sample_district_sends_no_unmapped_value(tmp_path: Path, standard: int) -> None:
    generate_sample_district(tmp_path / "delivered", students=150, schools=3, years=1, seed=7, dirty_rate=0)
    documents = build_edfi_documents(tmp_path / "delivered", standard)
    sent = used_values(documents)
    known = {f"{row['namespace']}#{row['code_value']}".lower() for row in seed()}
    read = {f"{name}descriptor".lower() for name in [*DESCRIPTORS, "ParticipationStatus"]}
    unknown = {uri for uri in sent if uri.split("#")[0].rsplit("/", 1)[-1] in read and uri not in known}
    assert unknown == set()
    assert "uri://sample.example/disciplinedescriptor#detention" in sent


def used_values(documents: duckdb.DuckDBPyConnection) -> set[str]:
    rows = documents.execute(
        """
        with
            uris as (
                select unnest(regexp_extract_all(document, '"(uri://[^"#]+Descriptor#[^"]+)"', 1)) as uri from documents
            )

        select distinct lower(uri) from uris
        """
    ).fetchall()
    return {str(row[0]) for row in rows}
