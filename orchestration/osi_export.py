"""Writes the semantic layer in the Open Semantic Interchange format, and beside it what that format cannot say.

python -m orchestration.osi_export          (or `make osi`)
"""

from pathlib import Path

from api.semantic.osi import osi_export
from orchestration.dbt_manifest import dbt_project
from orchestration.settings import REPOSITORY

OSI_DIR = REPOSITORY / "build" / "osi"


def write_osi(folder: Path = OSI_DIR) -> tuple[Path, Path]:
    """Convert the project's current definitions. Returns the document and the list of what it lacks."""
    semantic_manifest = dbt_project().manifest_path.with_name("semantic_manifest.json")
    export = osi_export(semantic_manifest.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    document, lost = folder / "stocktake.osi.json", folder / "lost.md"
    document.write_text(export.document, encoding="utf-8")
    listed = "\n".join(f"- {line}" for line in export.lost)
    lost.write_text(f"# What stocktake.osi.json cannot say\n\n{listed}\n", encoding="utf-8")
    return document, lost


if __name__ == "__main__":
    for written in write_osi():
        print(f"wrote {written.relative_to(REPOSITORY)}")  # noqa: T201
