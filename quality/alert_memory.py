"""What everybody has been told, kept in `<serving_dir>/alerts.json` so that nobody is told it twice."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from quality.alerts import Memory, Told
from quality.published_files import read_published, write_published

MEMORY_NAME = "alerts.json"


class _ToldFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    people: dict[str, dict[str, Told]] = {}


def read_memory(serving_dir: Path) -> Memory:
    """What each person has been told; nothing before the first message.

    Raises:
        SnapshotError: the file is damaged.
    """
    kept = read_published(serving_dir / MEMORY_NAME, _ToldFile)
    return kept.people if kept else {}


def write_memory(serving_dir: Path, memory: Memory) -> None:
    """Keep what each person has been told."""
    write_published(serving_dir / MEMORY_NAME, _ToldFile(people={name: dict(told) for name, told in memory.items()}))
