"""The shapes of all answers: routes build them, OpenAPI describes them, tests hold answers to them."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NaiveDatetime

from api.semantic.figures import MetricKind, Unit, ValueState
from api.semantic.manifest import Component, Dimension
from api.semantic.request import Membership, Scope
from api.semantic.saved_queries import SavedQuery
from api.snapshots.pointer import Attempt, District, Freshness, Hold, OpenIssues, VerificationState, WindowState
from api.snapshots.report import FindingCounts, FindingsBehind, JudgedRule, Role, Severity, StageRun, TableBalance
from api.suppression import SuppressionReason

MatchState = Literal["within", "reported", "held", "not_judged"]
FINDINGS = "Failing records of the rules it depends on, in the newest report; null where there is no report."
QUALITY = "Address of the rules it depends on, with what they found."


class Variant(BaseModel):
    """One of several rules by which the same thing is measured."""

    id: str
    variant: str | None
    title: str


class MetricSummary(BaseModel):
    """A metric as the list shows it."""

    id: str
    title: str
    question: str = Field(description="The question that the metric answers, in plain language.")
    family: str
    unit: Unit
    direction: str = Field(description="Whether more is better, worse, or neither.")
    variants: list[Variant] = Field(description="All variants of this measure, itself included.")
    state: VerificationState
    as_of: date | None = Field(description="The last day that the figures cover.")
    snapshot_id: str | None = Field(description="The snapshot that serves it; null if it never passed its checks.")
    held: bool = Field(description="Whether newer data exist but failed the checks that this metric depends on.")


class MetricList(BaseModel):
    """All metrics."""

    snapshot_id: str
    notices: list[str]
    data: list[MetricSummary]


class Formula(BaseModel):
    """How the value comes from counts; both parts are null for a plain count, and a total has no denominator."""

    kind: MetricKind
    text: str
    numerator: Component | None
    denominator: Component | None
    n_students: Component
    unknown: Component | None


class Certification(BaseModel):
    """What stands behind the figures of a metric."""

    state: VerificationState
    snapshot_id: str | None
    as_of: date | None
    open_issues: OpenIssues = Field(description="Rules it depends on that have failing rows, by severity.")
    held: Hold | None = Field(description="Why newer data are not served, and what mends them.")
    windows: list[WindowState] = Field(description="What certification windows say of its figures.")
    findings: FindingsBehind | None = Field(description=FINDINGS)
    quality: str = Field(description=QUALITY)


class MetricDefinition(MetricSummary):
    """A metric in full. Where it has figures, it is the definition that they were computed with."""

    description: str
    version: str
    kind: MetricKind
    decimals: int
    formula: Formula
    variant: str | None
    parameters: dict[str, Any]
    inclusion: str = Field(description="Who and what is counted.")
    dimensions: list[str] = Field(description="Dimensions that it may be grouped and filtered by.")
    time_policy: str
    minimum_n: int = Field(description="Fewest students that a figure is shown for.")
    how_to_read: str
    misreadings: list[str]
    standard: str
    owner: str
    feeds: list[str] = Field(description="Source tables that it depends on.")
    certification: Certification


class DimensionList(BaseModel):
    """All dimensions with their members, in the order in which answers sort them."""

    snapshot_id: str
    data: list[Dimension]


class SavedQueryList(BaseModel):
    """All saved queries; each is answered at its own address, `/v1/saved-queries/{id}`."""

    snapshot_id: str
    data: list[SavedQuery]


class MetricProvenance(BaseModel):
    """Where the figures of one metric come from."""

    title: str
    unit: Unit
    decimals: int
    direction: str
    version: str
    snapshot_id: str
    state: VerificationState = Field(
        description="Of the figures asked for; `windows` says of which years more is known."
    )
    as_of: date | None
    held: Hold | None
    windows: list[WindowState] = Field(description="What certification windows say of its figures.")
    open_issues: OpenIssues
    findings: FindingsBehind | None = Field(description=FINDINGS)
    quality: str = Field(description=QUALITY)


class TableFreshness(Freshness):
    """How recent a source table was when a snapshot was taken."""

    snapshot_id: str


class Suppression(BaseModel):
    """What is hidden for privacy."""

    minimum_n: int = Field(description="Figures on fewer students are hidden.")
    suppressed_cells: int


class AppliedFilter(BaseModel):
    """A filter as it was understood."""

    dimension: str
    members: list[str]


class QueryMeta(BaseModel):
    """What to know before using the figures."""

    as_of: date | None = Field(description="The last day covered by the oldest of the figures.")
    snapshot_id: str = Field(description="The oldest snapshot that figures come from; `metrics` has each one's own.")
    verification_state: VerificationState = Field(description="The lowest state among the metrics.")
    held: bool = Field(
        description="Whether any of the metrics is served from an older snapshot because of a failed check."
    )
    district: District
    scope: Scope = Field(description="`district` counts a student once; `school` once in each school attended.")
    school_years: list[int]
    group_by: list[str]
    filters: list[AppliedFilter]
    membership: Membership = Field(description="Whether groups are those of each year or of `baseline_year`.")
    baseline_year: int | None = Field(
        description="The year whose groups students stay in; null where each has its own."
    )
    overlapping: list[str] = Field(
        description="Dimensions of `group_by` of which a student may be in several members, so that they do not add up."
    )
    freshness: list[TableFreshness]
    suppression: Suppression
    metrics: dict[str, MetricProvenance]
    notices: list[str]


class Row(BaseModel):
    """One figure. The members of the dimensions grouped by stand beside `school_year`, under their ids."""

    model_config = ConfigDict(extra="allow")

    school_year: int
    metric: str
    value: int | float | None = Field(
        description="In percent for the unit `percent`, per hundred for `per_100_…`; null if unknown or suppressed."
    )
    numerator: int | float | None
    denominator: int | float | None = Field(description="Students, or days for rates on days.")
    n_students: int | None = Field(description="Students that the value rests on.")
    n_unknown: int | None = Field(description="Students of the group whose data are unknown.")
    value_state: ValueState = Field(description="`no_data`: nothing is known of the group, which is neither 0 nor 100.")
    suppressed: bool
    suppression_reason: SuppressionReason | None


class QueryAnswer(BaseModel):
    """Figures, and what to know before using them."""

    meta: QueryMeta
    data: list[Row]


class ServedStatus(BaseModel):
    """Which snapshot serves a metric."""

    snapshot_id: str | None
    state: VerificationState
    as_of: date | None
    held: Hold | None
    windows: list[WindowState] = Field(description="What certification windows say of its figures.")


class Status(BaseModel):
    """What is served, and how the last run ended."""

    snapshot_id: str | None
    published_at: AwareDatetime | None
    as_of: date | None
    district: District | None
    school_years: list[int]
    metrics: dict[str, ServedStatus]
    freshness: list[Freshness]
    last_attempt: Attempt | None
    notices: list[str]


class SnapshotSummary(BaseModel):
    """One snapshot that is kept."""

    snapshot_id: str
    created_at: AwareDatetime
    as_of: date | None = Field(description="The last day that its figures cover.")
    school_years: list[int]
    is_current: bool = Field(description="Whether it is the newest that was published.")
    metrics_served: int = Field(description="Metrics that are served from it today.")


class SnapshotList(BaseModel):
    """All snapshots that are kept, the newest first."""

    snapshot_id: str
    notices: list[str]
    data: list[SnapshotSummary]


class ChangedTable(BaseModel):
    """A mart whose number of rows differs; null where it is not there."""

    table: str
    rows_before: int | None
    rows_after: int | None


class ChangedMetric(BaseModel):
    """How many figures of a metric differ, and where."""

    metric: str
    title: str
    figures_added: int
    figures_removed: int
    figures_changed: int
    school_years: list[int]
    schools: list[str]
    groups: list[str] = Field(description="As `dimension=member`; `all=all` is the total.")


class FigureSide(BaseModel):
    """A figure as it is in one of the two snapshots."""

    value: int | float | None
    numerator: int | float | None
    denominator: int | float | None
    n_students: int | None
    n_unknown: int | None
    value_state: ValueState


class ChangedFigure(BaseModel):
    """One figure that differs; a side is null where the snapshot does not have it."""

    metric: str
    school_year: int
    organization_level: str = Field(description="`district`, `school_level` or `school`.")
    organization: str
    dimension: str
    member: str
    change: Literal["added", "removed", "changed"]
    before: FigureSide | None
    after: FigureSide | None
    suppressed: bool = Field(description="Whether a side rests on too few students, or the two differ by too few.")
    suppression_reason: SuppressionReason | None


class SnapshotDifference(BaseModel):
    """What differs between two snapshots."""

    before: SnapshotSummary
    after: SnapshotSummary
    tables: list[ChangedTable]
    definitions_changed: list[str] = Field(description="Metrics that are not defined in the same way in both.")
    not_compared: list[str] = Field(description="Metrics that failed their checks in one of the two.")
    metrics: list[ChangedMetric]
    figures: list[ChangedFigure]
    figures_total: int = Field(description="Figures that differ, also those beyond the limit.")
    suppression: Suppression
    notices: list[str]


class MatchCounts(BaseModel):
    """How many rows of a source table name somebody, or a school, that the roster knows."""

    source_table: str
    match_to: str = Field(description="What its rows are matched to: `student`, `staff` or `school`.")
    rows: int
    matched: int
    unmatched: int = Field(
        description="Rows that match nobody. They are kept, and enter no metric that needs the match."
    )
    ambiguous: int = Field(description="Of the unmatched rows, those whose id leads to several people.")
    warn_percent: float | None = Field(description="Percent of unmatched rows above which it is reported.")
    fatal_percent: float | None = Field(description="Percent of unmatched rows above which metrics are held.")
    state: MatchState = Field(description="`not_judged`: no roster lists what could be missing.")


class IdCounts(BaseModel):
    """How many ids of a namespace lead to a person, and by which rule."""

    person_type: str
    person_namespace: str = Field(description="`local`, `state`, or the system whose ids they are.")
    match_status: str = Field(description="`matched`, `ambiguous` or `unmatched`.")
    match_rule: str | None = Field(description="What led to the person; null where nothing did.")
    ids: int


class Identity(BaseModel):
    """How well the sources agree on who is who, without anybody's id."""

    snapshot_id: str
    as_of: date
    data: list[MatchCounts]
    ids: list[IdCounts]
    candidates: int = Field(description="Pairs of records that may be one person, for somebody to decide.")
    decisions: dict[str, int] = Field(description="Decisions on who is who, by state.")
    notices: list[str]


class DomainFindings(FindingCounts):
    """Findings of the rules of one domain and severity."""

    domain: str
    severity: Severity


class OpenOfAge(BaseModel):
    """Open findings of some age."""

    from_school_days: int
    to_school_days: int | None = Field(description="Null: any older.")
    open: int


class QualitySummary(BaseModel):
    """What the rules found. Every count is of the rules in `data`, which the filters choose."""

    report_id: str
    run_id: str
    created_at: AwareDatetime
    findings: FindingCounts
    by_severity: list[DomainFindings] = Field(description="By severity, then domain; without those that count none.")
    by_age: list[OpenOfAge] = Field(description="In days of school, of which a vacation has none.")
    by_metric: dict[str, FindingsBehind] = Field(description="Metrics that depend on rules with open or waived ones.")
    runs: list[StageRun] = Field(description="The last evaluation of each stage.")
    balances: list[TableBalance] = Field(description="Of the tables that the rules judge.")
    data: list[JudgedRule]
    notices: list[str]


class Finding(BaseModel):
    """A record that fails a rule: where it is, never whom it is about."""

    result_id: str = Field(description="Stays the same from run to run; a waiver may name it.")
    rule_id: str
    table: str
    title: str
    severity: Severity
    domain: str
    meaning: str
    fix: str
    owner_role: Role
    fixed_by: list[Role]
    school: str | None = Field(description="Number of the school; null where the record names none.")
    source_file: str | None
    source_row: int | None = Field(description="Line of the file, where the header is line 1; null for a mart.")
    context: dict[str, Any] = Field(description="Codes and dates of the record that help to find what is wrong.")
    action: str
    status: Literal["open", "waived", "resolved"]
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    resolved_at: AwareDatetime | None
    age_school_days: int
    school_days_to_fix: int | None
    is_overdue: bool
    waiver_id: str | None
    waiver_kind: str | None = Field(description="`false_positive`: the rule is wrong about the record.")


class FindingList(BaseModel):
    """One page of findings: the most severe first, then the oldest."""

    report_id: str
    created_at: AwareDatetime
    findings: FindingCounts = Field(description="Of all that the filters choose, whatever their status.")
    total: int = Field(description="Findings on all pages.")
    next: str | None = Field(description="What to send as `after` for the next page; null on the last one.")
    data: list[Finding]
    notices: list[str]


class FeedFreshness(BaseModel):
    """How recent one feed is against the time at which it is expected, of the district or of one school."""

    source_table: str
    scope: Literal["district", "school"]
    school: str | None = Field(description="Number of the school; null for the district.")
    concept: str | None = Field(description="What it reports; null where its rows name no school and day.")
    latest_event_on: date | None
    latest_delivery_on: date | None
    school_days_since: int | None = Field(description="Days of school over since the latest event, or delivery.")
    expected_every: str | None = Field(description="Null where the district file expects nothing.")
    expected_by: NaiveDatetime | None = Field(description="Local time by which the next part is expected.")
    is_late: bool | None = Field(description="Null where nothing is expected.")
    days_late: int | None
    records_with_known_arrival: int
    records_arrived_late: int
    late_arriving_percent: float | None = Field(
        description="Of the records whose arrival is known, those that came late; null where none is known."
    )
    rows_delivered: int | None
    rows_usual: int | None = Field(description="Median of four weeks.")


class AttendanceTaken(BaseModel):
    """In how many of its sections a school took attendance, in its latest school year."""

    school: str
    school_year: int
    school_days: int
    latest_on: date
    sections_scheduled: int
    sections_taken: int
    taken_percent: float | None


class FreshnessList(BaseModel):
    """How recent each source is, by the newest report, and against what is expected, by the newest snapshot."""

    report_id: str | None
    snapshot_id: str | None
    data: list[Freshness]
    feeds: list[FeedFreshness]
    attendance_taken: list[AttendanceTaken] = Field(description="Only of schools that tell it.")
    notices: list[str]


class Health(BaseModel):
    """The process answers; `serving` says whether it has figures to serve."""

    status: Literal["ok"]
    serving: bool
    snapshot_id: str | None
