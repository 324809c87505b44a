"""What `stocktake doctor` looks at, in the order in which it would stop a run."""

import sys
from collections.abc import Callable, Iterator

from api.settings import ApiSettings
from ingestion.delivered_files import find_files
from ingestion.district import read_district
from ingestion.errors import IngestionError
from ingestion.landing import check_of
from ingestion.mapping import load_system
from ingestion.settings import IngestionSettings
from orchestration.preflight import (
    PreflightError,
    check_port,
    check_python,
    check_space,
    check_writable,
)
from orchestration.settings import OrchestrationSettings


def diagnose() -> Iterator[tuple[str, str | None]]:
    """Yield (what was checked, problem or None) for each check."""
    settings, api = OrchestrationSettings(), ApiSettings()
    yield "Python", _problem(lambda: check_python(sys.version_info[:2]))
    yield f"Data folder {settings.data_dir}", _problem(lambda: check_writable(settings.data_dir))
    yield "Free space", _problem(lambda: check_space(settings.data_dir))
    yield (
        f"Port {settings.webserver_port} for the Dagster UI",
        _problem(lambda: check_port("127.0.0.1", settings.webserver_port, "STOCKTAKE_WEBSERVER_PORT")),
    )
    yield (
        f"Port {api.api_port} for the metrics API",
        _problem(lambda: check_port(api.api_host, api.api_port, "STOCKTAKE_API_PORT")),
    )
    yield from _district()


def _problem(check: Callable[[], object]) -> str | None:
    try:
        check()
    except (PreflightError, IngestionError) as error:
        return str(error)
    return None


def _district() -> Iterator[tuple[str, str | None]]:
    settings = IngestionSettings()
    path = settings.resolved_district_file
    if settings.uses_sample_district and not path.exists():
        yield "District file: none configured; `stocktake run` will generate a sample district", None
        return
    try:
        district = read_district(path, settings.deliveries_dir)
    except IngestionError as error:
        yield f"District file {path}", str(error)
        return
    yield f"District file {path} ({district.district.name})", None
    for system, source in district.sources.items():
        check = check_of(system)
        if check is not None:
            yield from check(district)
            continue
        for name, entity in load_system(system).entities.items():
            for delivery in district.deliveries_of(system, name):
                try:
                    files = find_files(source.location, delivery.files, source.file_connection)
                except IngestionError as error:
                    yield f"{system}.{name}", str(error)
                    continue
                missing = not files and not entity.optional
                yield (
                    f"{system}.{name}: {len(files)} file(s)",
                    f"no file matches {' or '.join(delivery.files)} in {source.location}" if missing else None,
                )
