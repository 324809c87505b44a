"""What an answer says of the data quality behind a metric."""

from urllib.parse import quote

from api.snapshots.report import FindingsBehind
from api.snapshots.store import Served

QUALITY_PATH = "/v1/quality"


def findings_of(metric_id: str, served: Served) -> FindingsBehind | None:
    """The findings behind a metric in the newest report; None where there is no report."""
    return None if served.report is None else served.report.behind(metric_id)


def quality_address(metric_id: str) -> str:
    """Where the rules that a metric depends on are shown."""
    return f"{QUALITY_PATH}?metric={quote(metric_id, safe='')}"
