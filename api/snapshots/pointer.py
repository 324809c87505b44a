"""The JSON files of a serving folder, as typed models.

`current.json` says which snapshot serves each metric, `status.json` tells of the last attempt to publish, and
`snapshots/<id>/snapshot.json` describes one snapshot; `quality.json` names the newest report on data quality. Fields
that this version does not know are ignored, so that a newer pipeline may add some.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

# Snapshot ids become folder names: letters, digits, dots and dashes only, so none can lead out of the folder.
SnapshotId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
VerificationState = Literal["raw", "validated", "reviewed", "certified", "frozen", "restated"]
Outcome = Literal["published", "published_with_holds", "held", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Reason(_Frozen):
    """Why a metric was held: the rule that failed, where, and what mends it."""

    rule_id: str
    title: str
    source_table: str | None = None
    rows_failed: int | None = None
    reason: str
    fix: str


class AttemptReason(Reason):
    """A reason of `status.json`, which also names the metrics that it holds (`*` is all of them)."""

    metrics: tuple[str, ...] = ()


class Hold(_Frozen):
    """Since when a metric is held, and why."""

    since: AwareDatetime
    reasons: tuple[Reason, ...] = ()


class WindowState(_Frozen):
    """What a certification window says of the figures of one metric that are served."""

    window: str
    title: str
    school_year: int
    schools: tuple[str, ...] = Field((), description="Schools that it covers; empty is the whole district.")
    state: VerificationState = Field(
        description="`validated`: the figures are other than those that were reviewed, signed or frozen."
    )
    version: int | None = Field(None, description="The newest frozen version; null before the window is frozen.")
    since: AwareDatetime | None = Field(None, description="When it came to this state; null for `validated`.")


class MetricPointer(_Frozen):
    """The snapshot that serves one metric; `snapshot_id` is None if the metric never passed its checks.

    `state` is that of the newest school year for the whole district.
    """

    snapshot_id: SnapshotId | None
    state: VerificationState
    as_of: date | None = None
    held: Hold | None = None
    windows: tuple[WindowState, ...] = ()


class Pointer(_Frozen):
    """`current.json`."""

    format: Literal[1]
    snapshot_id: SnapshotId
    published_at: AwareDatetime
    metrics: dict[str, MetricPointer]


class Attempt(_Frozen):
    """`status.json`: how the last run ended."""

    format: Literal[1]
    attempted_at: AwareDatetime
    run_id: str | None = None
    outcome: Outcome
    snapshot_id: SnapshotId | None = None
    reasons: tuple[AttemptReason, ...] = ()


class ReportPointer(_Frozen):
    """`quality.json`: the newest report, which is `reports/<report_id>.duckdb`."""

    format: Literal[1]
    report_id: SnapshotId
    run_id: str
    created_at: AwareDatetime
    sha256: str | None = None


class District(_Frozen):
    """Whose figures these are."""

    id: str
    name: str
    timezone: str = "UTC"


class OpenIssues(_Frozen):
    """How many rules a metric depends on have failing rows, by severity."""

    fatal: int = 0
    error: int = 0
    warn: int = 0


class MetricFacts(_Frozen):
    """What a snapshot records of one metric."""

    state: VerificationState
    open_issues: OpenIssues = OpenIssues()


class Freshness(_Frozen):
    """How recent one source table is."""

    source_table: str
    latest_delivery_on: date | None = None
    latest_event_on: date | None = None
    loaded_at: AwareDatetime | None = None
    rows: int | None = None


class SnapshotFacts(_Frozen):
    """`snapshot.json`, as far as the API uses it."""

    format: Literal[1]
    snapshot_id: SnapshotId
    created_at: AwareDatetime
    as_of: date | None = None
    district: District
    school_years: tuple[int, ...]
    metrics: dict[str, MetricFacts] = {}
    freshness: tuple[Freshness, ...] = ()
    tables: dict[str, int] = {}
    definitions: dict[str, str] = {}
    files: dict[str, str] = {}
