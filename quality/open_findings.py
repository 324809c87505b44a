"""What is open in the newest report on data quality, as the alerts need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from quality.quality_report import read_report_pointer, report_file
from quality.severities import Severity


@dataclass(frozen=True)
class JudgedRule:
    """A rule that has open findings.

    Attributes:
        key: rule id and table.
        fixed_by: roles that can mend a failing row.
        meaning: what it means, with what the rule told about its first failing row.
    """

    key: str
    rule_id: str
    title: str
    severity: Severity
    owner_role: str
    fixed_by: tuple[str, ...]
    meaning: str
    fix: str


@dataclass(frozen=True)
class OpenFinding:
    """A record that fails a rule and is not waived; a pointer, without anything of the record itself."""

    result_id: str
    rule_key: str
    school_number: str
    source_file: str
    source_row: str
    first_seen_at: datetime
    age_school_days: int
    is_overdue: bool

    @property
    def key(self) -> str:
        """Names this finding and this time that it is open."""
        return f"{self.result_id}@{self.first_seen_at.timestamp():.0f}"


@dataclass(frozen=True)
class OpenFindings:
    """Everything that is open in one report."""

    report_id: str
    run_id: str
    rules: Mapping[str, JudgedRule]
    findings: tuple[OpenFinding, ...]


def read_open_findings(serving_dir: Path) -> OpenFindings | None:
    """What is open in the newest report that asks somebody to act, oldest first; None before the first report.

    Raises:
        SnapshotError: the pointer to the report is damaged.
    """
    pointer = read_report_pointer(serving_dir)
    if pointer is None:
        return None
    with duckdb.connect(str(report_file(serving_dir, pointer.report_id)), read_only=True) as connection:
        rules = [
            JudgedRule(key, rule_id, title, severity, owner_role, tuple(fixed_by), meaning, fix)
            for key, rule_id, title, severity, owner_role, fixed_by, meaning, fix in connection.execute(
                "select rule_id || ':' || resource_type, rule_id, title, severity, owner_role, fixed_by, "
                "coalesce(finding, meaning), fix from rule where severity <> 'info'"
            ).fetchall()
        ]
        findings = connection.execute(
            """
            select result_id, f.rule_id || ':' || f.resource_type, coalesce(school_number, ''),
                coalesce(source_file, ''), coalesce(source_row, ''), first_seen_at, age_school_days, is_overdue
            from result as f
            inner join rule using (rule_id, resource_type)
            where status = 'open' and severity <> 'info'
            order by first_seen_at, source_file, try_cast(source_row as bigint), result_id
            """
        ).fetchall()
    found = tuple(OpenFinding(*row) for row in findings)
    return OpenFindings(pointer.report_id, pointer.run_id, {rule.key: rule for rule in rules}, found)
