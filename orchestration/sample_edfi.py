"""Serves the sample district as an Ed-Fi API on this machine, and writes the district file that points at it."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from ingestion.edfi_emulator.faults import FaultPlan, parse_fault
from ingestion.edfi_emulator.server import HOST, run_until_stopped
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.edfi_emulator.tokens import TokenIssuer
from ingestion.sample_district import layouts
from ingestion.sample_district.as_edfi import build_edfi_documents
from ingestion.settings import IngestionSettings
from orchestration.preflight import PreflightError
from orchestration.sample import SAMPLE_DISTRICT_FILE

CLIENT_ID = "stocktake-sample"
_IN_EDFI = frozenset({"oneroster", "sis", "assessment", "hr"})
"""Delivered folders whose content the API holds; the district file takes it from there instead."""
_POSITIONS = {"root": "delivered/hr", "deliveries": {"positions": [{"files": ["positions.csv"]}]}}
"""Position control, which the API does not hold."""
_CONTROL = {
    "root": "delivered/control",
    "deliveries": {name: [{"files": [f"{name}.csv"]}] for name in ("enrollment_counts", "assessment_summaries")},
}
"""Counts by school and grade. Those of files are not of what the API holds."""
_VENDORS = (("college_board_ap", "ap_scores_*.csv"), ("wida_access", "access_*.csv"))
"""Layout and files of results that come from the vendors of tests and not through the API."""


@dataclass(frozen=True)
class EdfiSample:
    """The sample district, ready to be served: store, address, credentials and the district file that names them."""

    store: EdfiStore
    port: int
    client_id: str
    client_secret: str
    district_file: Path

    @property
    def base_url(self) -> str:
        """Address of the discovery document."""
        return f"http://{HOST}:{self.port}"


def sample_is_delivered(settings: IngestionSettings) -> bool:
    """Tell whether a generated sample district stands in the data folder."""
    return (settings.sample_dir / "delivered" / layouts.TRUTH).is_file()


def prepare_edfi_sample(settings: IngestionSettings, *, standard: int, port: int) -> EdfiSample:
    """Build the documents of the generated sample district and write credentials and district file beside it.

    The secret is drawn once and kept, so that a district file goes on working when the emulator is started again.
    """
    folder = settings.sample_dir.resolve()
    key_file, secret_file = folder / "edfi_client_id", folder / "edfi_client_secret"
    _keep(key_file, lambda: CLIENT_ID)
    _keep(secret_file, lambda: secrets.token_urlsafe(24))
    store = EdfiStore(standard)
    with build_edfi_documents(folder / "delivered", standard) as documents:
        store.load(documents)
    district = yaml.safe_load(SAMPLE_DISTRICT_FILE.read_text(encoding="utf-8"))
    files = {
        system: source for system, source in district["sources"].items() if Path(source["root"]).name not in _IN_EDFI
    }
    connection = {
        "base_url": f"http://{HOST}:{port}",
        "client_id": {"file": str(key_file)},
        "client_secret": {"file": str(secret_file)},
    }
    district["sources"] = {"edfi": {"connection": connection}, **files, "hr_files": _POSITIONS}
    district["sources"]["control_files"] = _CONTROL
    vendors = [
        {"layout": layout, "files": [pattern]}
        for layout, pattern in _VENDORS
        if any((folder / "delivered" / "assessment").glob(pattern))
    ]
    if vendors:
        district["sources"]["assessment_files"] = {"root": "delivered/assessment", "layouts": vendors}
    district_file = folder / "district_edfi.yml"
    district_file.write_text(
        "# The generated sample district, read from the Ed-Fi API that `stocktake sample --serve-edfi` serves.\n"
        + yaml.safe_dump(district, sort_keys=False),
        encoding="utf-8",
    )
    return EdfiSample(
        store,
        port,
        key_file.read_text(encoding="utf-8").strip(),
        secret_file.read_text(encoding="utf-8").strip(),
        district_file,
    )


def planned_faults(texts: list[str]) -> FaultPlan:
    """Read the faults of the command line. Raises PreflightError for one that is not known."""
    try:
        return FaultPlan(*(parse_fault(text) for text in texts))
    except ValueError as error:
        raise PreflightError(f"--edfi-fault: {error}") from error


def serve_edfi_sample(sample: EdfiSample, faults: FaultPlan, token_lifetime: float) -> None:
    """Serve until Ctrl-C."""
    tokens = TokenIssuer(sample.client_id, sample.client_secret, token_lifetime)
    # The server has shut down in order by the time it passes Ctrl-C on.
    with suppress(KeyboardInterrupt):
        run_until_stopped(sample.store, tokens, faults, sample.port)


def _keep(file: Path, draw: Callable[[], str]) -> None:
    """Write a file that only its owner may read, unless it is there."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(draw() + "\n", encoding="utf-8")
    file.chmod(0o600)
