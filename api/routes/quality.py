"""`/v1/quality`: what the rules found, how bad and how old it is, and which metrics depend on it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.notices import served_notices
from api.openapi import ok, problems
from api.quality_links import QUALITY_PATH
from api.responses import DomainFindings, OpenOfAge, QualitySummary
from api.rule_filters import chosen_rules, filter_field, known_metrics
from api.snapshots.report import (
    AGES,
    SEVERITIES,
    FindingsBehind,
    JudgedRule,
    Report,
    Severity,
    added_up,
    findings_behind,
)
from api.snapshots.store import Served

router = APIRouter(prefix=QUALITY_PATH, tags=["quality"])


class QualityParameters(BaseModel):
    """The query string of /v1/quality."""

    model_config = ConfigDict(extra="forbid")

    severity: list[str] = filter_field("`fatal`, `error`, `warn` or `info`.", "fatal")
    domain: list[str] = filter_field("What the rules are about.", "attendance")
    metric: list[str] = filter_field("Rules that these metrics depend on.", "chronic_absence_rate")
    table: list[str] = filter_field("Source tables or marts.", "sis_files__attendance")
    outcome: list[str] = filter_field("`pass`, `warn`, `fail` or `not_evaluated`.", "fail")


@router.get(
    "",
    response_model=QualitySummary,
    summary="What the rules found",
    responses={
        200: ok(examples.QUALITY),
        **problems(
            examples.UNKNOWN_METRIC,
            examples.MALFORMED_REQUEST,
            examples.UNKNOWN_VALUE,
            examples.NO_REPORT,
            examples.REPORT_UNREADABLE,
        ),
    },
)
def quality(
    parameters: Annotated[QualityParameters, Query()], request: Request, store: StoreDep, settings: SettingsDep
) -> Response:
    """Every rule with its outcome, and its failing records counted by severity, age and metric.

    It is of the last evaluation, also when that published no figures. There is no score: a rule is kept or it is not.
    """
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: _summary(parameters, served))


def _summary(parameters: QualityParameters, served: Served) -> QualitySummary:
    report = served.quality()
    rules = chosen_rules(parameters.model_dump(), report, served)
    tables = {rule.table for rule in rules}
    return QualitySummary(
        report_id=report.id,
        run_id=report.pointer.run_id,
        created_at=report.pointer.created_at,
        findings=added_up(rule.findings for rule in rules),
        by_severity=_by_severity(rules),
        by_age=_by_age(rules, report),
        by_metric=_by_metric(rules, served),
        runs=list(report.runs),
        balances=[balance for balance in report.balances if balance.source_table in tables],
        data=list(rules),
        notices=served_notices(served),
    )


def _by_severity(rules: tuple[JudgedRule, ...]) -> list[DomainFindings]:
    groups: dict[tuple[Severity, str], list[JudgedRule]] = {}
    for rule in rules:
        if rule.findings.open or rule.findings.waived or rule.findings.resolved:
            groups.setdefault((rule.severity, rule.domain), []).append(rule)
    return [
        DomainFindings(
            domain=domain,
            severity=severity,
            **added_up(rule.findings for rule in groups[severity, domain]).model_dump(),
        )
        for severity, domain in sorted(groups, key=lambda group: (SEVERITIES.index(group[0]), group[1]))
    ]


def _by_age(rules: tuple[JudgedRule, ...], report: Report) -> list[OpenOfAge]:
    none_open = (0,) * len(AGES)
    counted = [report.open_by_age.get(rule.key, none_open) for rule in rules]
    return [
        OpenOfAge(from_school_days=first, to_school_days=last, open=sum(ages[place] for ages in counted))
        for place, (first, last) in enumerate(AGES)
    ]


def _by_metric(rules: tuple[JudgedRule, ...], served: Served) -> dict[str, FindingsBehind]:
    found = [rule for rule in rules if rule.findings.open or rule.findings.waived]
    return {
        metric: findings_behind(metric, found)
        for metric in known_metrics(found, served)
        if any(rule.concerns(metric) for rule in found)
    }
