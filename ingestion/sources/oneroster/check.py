"""Looks over what the district file says of OneRoster, for `stocktake doctor`; nothing lands."""

from collections.abc import Iterator

from ingestion.district import District
from ingestion.errors import IngestionError
from ingestion.mapping import load_system
from ingestion.sources.oneroster.bundle_rows import SYSTEM, delivered_bundles, file_problem
from ingestion.sources.oneroster.rest_rows import OneRosterService


def check(district: District) -> Iterator[tuple[str, str | None]]:
    """What was looked at, and what is wrong with it: each bundle under the root, or the service."""
    if "base_url" in district.sources[SYSTEM].connection:
        try:
            OneRosterService.of(district).greet()
        except IngestionError as error:
            yield f"{SYSTEM}: rostering service", str(error)
        else:
            yield f"{SYSTEM}: rostering service answers", None
        return
    try:
        bundles = delivered_bundles(district)
    except IngestionError as error:
        yield f"{SYSTEM}: bundles", str(error)
        return
    for bundle in bundles:
        version = bundle.manifest.version if bundle.manifest else None
        problems = [
            problem
            for name, entity in load_system(SYSTEM).entities.items()
            for delivery in district.deliveries_of(SYSTEM, name)
            if (problem := file_problem(bundle, entity, delivery))
        ]
        label = f"{SYSTEM} {version or 'without a version'}: bundle {bundle.name or 'in the root'}"
        yield f"{label}, {len(bundle.files)} file(s)", " ".join(problems) or None
