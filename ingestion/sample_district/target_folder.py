"""The folder that a sample district is written to: whole, or not at all."""

import secrets
import shutil
from pathlib import Path

from ingestion.errors import IngestionError
from ingestion.sample_district import layouts

_BUILDING = "-being-written-"
"""In the name of the folder in which a district takes shape, and by which leftovers of a killed run are known."""


class SampleDistrictError(IngestionError):
    """The sample district cannot be written where it was asked for."""


def check_target(target: Path) -> None:
    """Refuse a folder that holds something else, and remove what killed runs left beside it.

    Raises:
        SampleDistrictError: the folder holds files that are not a sample district.
    """
    if target.exists() and any(target.iterdir()) and not (target / layouts.TRUTH).is_file():
        raise SampleDistrictError(
            f"{target} holds files that are not a sample district; choose an empty folder or move them away."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}{_BUILDING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def building_folder(target: Path) -> Path:
    """The name of a folder beside the target in which the district takes shape."""
    return target.with_name(f".{target.name}{_BUILDING}{secrets.token_hex(4)}")


def put_in_place(building: Path, target: Path) -> None:
    """Swap the finished folder in by renaming, so that whoever is killed here leaves a whole district or none."""
    if target.exists():
        earlier = building.with_name(f"{building.name}-earlier")
        target.rename(earlier)
        building.rename(target)
        shutil.rmtree(earlier)
    else:
        building.rename(target)
