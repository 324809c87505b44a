"""A made-up district that publishes a few figures, and the people who certify them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from quality.certification import steps
from quality.certification.frozen import prepare_frozen_changes
from quality.certification.records import Person, WindowRecord
from quality.certification.windows import Window
from quality.published_files import Pointer, ServedMetric, WindowState, read_pointer
from quality.rule_results import RuleResult
from quality.rule_set import current_rule_set
from quality.snapshots import DistrictInfo, PublishResult, publish_snapshot
from quality.validation import validate
from tests.quality.made_up_warehouse import RULES, MadeUpWarehouse

STEWARD = Person(name="Ana Reyes", role="steward")
SUPERINTENDENT = Person(name="Bo Lind", role="superintendent")
NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
METRICS = ("enrollment", "attendance_rate", "dropout_rate")
MT_03 = next(rule for rule in RULES if rule.id == "MT-03")
WINDOW = Window(
    id="spring",
    title="Spring 2026",
    school_year=2026,
    opens_on=date(2026, 6, 1),
    closes_on=date(2026, 6, 30),
    metrics=("enrollment", "attendance_rate"),
)


class CertifiedDistrict:
    """A warehouse with figures of three metrics in two years, its serving folder, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.serving = folder / "serving"
        self.manifest = folder / "semantic_manifest.json"
        self.manifest.write_text("{}")
        self.warehouse = MadeUpWarehouse.empty()
        self.warehouse.create_marts()
        self.now = NOW
        self.connection = self.warehouse.connection
        self.connection.execute(
            "insert into marts.mart_student_year_by_scope by name "
            "select unnest([2025, 2026]) as school_year, 'district' as scope"
        )
        for metric in METRICS:
            for year in (2025, 2026):
                self.figure(metric, 80, year=year)
                self.figure(metric, 30, year=year, school="101")

    def figure(self, metric: str, numerator: int, *, year: int = 2026, school: str = "") -> None:
        """Set one figure of a metric, of the district or of a school, out of 100 students."""
        level, organization = ("school", school) if school else ("district", "district")
        self.connection.execute(
            "delete from marts.mart_metric_by_group where metric_id = ? and school_year = ? and organization = ?",
            [metric, year, organization],
        )
        self.connection.execute(
            "insert into marts.mart_metric_by_group by name select ? as metric_id, ? as school_year, "
            "? as organization_level, ? as organization, 'all' as dimension, 'all' as member, ? as numerator, "
            "100 as denominator, 100 as n_students, 0 as n_unknown, ?::double as value",
            [metric, year, level, organization, numerator, numerator],
        )

    def publish(self, *found: RuleResult, kept: int = 10) -> PublishResult:
        """A run: judge the frozen figures, validate with what else was found, and publish."""
        self.now += timedelta(minutes=1)
        prepare_frozen_changes(self.connection, self.serving)
        judged = self.warehouse.evaluate(MT_03, stage="marts", now=self.now)
        return publish_snapshot(
            self.connection,
            serving_dir=self.serving,
            validations=validate(METRICS, (*judged.values(), *found)),
            semantic_manifest=self.manifest,
            run_id="run",
            now=self.now,
            district=DistrictInfo(id="d", name="D", timezone="America/Chicago"),
            freshness=[],
            balances=[],
            snapshots_kept=kept,
        )

    def open(self, window: Window = WINDOW) -> WindowRecord:
        """The steward opens a window."""
        return steps.open_window(self.serving, window, by=STEWARD, rule_set=current_rule_set(), now=self.now)

    def review(self, by: Person = STEWARD, **acknowledged: str) -> WindowRecord:
        """The review; `EN_07="reason"` acknowledges rule EN-07."""
        return steps.review(self.serving, "spring", by=by, now=self.now, acknowledged=_rules(acknowledged))

    def sign(self, by: Person = SUPERINTENDENT, **acknowledged: str) -> WindowRecord:
        """The signature."""
        return steps.sign(self.serving, "spring", by=by, now=self.now, acknowledged=_rules(acknowledged))

    def freeze(self, by: Person = STEWARD) -> WindowRecord:
        """The freeze."""
        return steps.freeze(self.serving, "spring", by=by, now=self.now)

    def restate(self, reason: str = "a school sent its attendance again", by: Person = SUPERINTENDENT) -> WindowRecord:
        """The restatement."""
        return steps.restate(self.serving, "spring", by=by, now=self.now, reason=reason)

    def certify(self) -> None:
        """Publish, open, review and sign."""
        self.publish()
        self.open()
        self.review()
        self.sign()

    def pointer(self) -> Pointer:
        """What readers follow."""
        pointer = read_pointer(self.serving)
        assert pointer is not None
        return pointer

    def served(self, metric: str) -> ServedMetric:
        """What serves a metric."""
        return self.pointer().metrics[metric]

    def window(self, metric: str) -> WindowState:
        """What the only window says of a metric."""
        (window,) = self.served(metric).windows
        return window

    def states(self, metrics: Iterable[str] = METRICS) -> list[str]:
        """The state of each metric."""
        return [self.served(metric).state for metric in metrics]


def _rules(acknowledged: dict[str, str]) -> dict[str, str]:
    return {rule.replace("_", "-"): reason for rule, reason in acknowledged.items()}
