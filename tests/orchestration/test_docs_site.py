"""The documentation of the models, as it is made on a machine without a warehouse or a network."""

from pathlib import Path

import pytest

from orchestration.docs_site import write_docs


@pytest.mark.slow
def test_one_page_documents_the_models_and_reports_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKTAKE_WAREHOUSE_FILE", "/nowhere/district.duckdb")
    page = write_docs(tmp_path / "docs").read_text(encoding="utf-8")
    for name in ("mart_student_year_by_scope", "stg_sis_files__attendance", "published_snapshot", "absence_rate"):
        assert f'"{name}"' in page
    assert "Key of the student, one per person in the district." in page
    assert '"send_anonymous_usage_stats": false' in page
    assert [path.name for path in (tmp_path / "docs").iterdir()] == ["index.html"]
