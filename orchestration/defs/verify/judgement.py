"""Judges a stage of the data by its rules, and publishes the report on data quality that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ingestion.settings import IngestionSettings
from orchestration.settings import DBT_PROJECT_DIR, serving_dir, waivers_file
from quality.quality_report import publish_report
from quality.reconciliation import Balance, reconcile, source_freshness
from quality.registry import Rule, Stage, load_rules
from quality.rule_evaluation import evaluate_rules
from quality.rule_results import RuleResult
from quality.waivers import read_waivers


@dataclass(frozen=True)
class Judgement:
    """What the rules of a stage found, and where every delivered row went."""

    results: list[RuleResult]
    balances: list[Balance]


def judge_stage(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], stage: Stage, run_id: str) -> Judgement:
    """Evaluate the rules of a stage with the waivers beside the district file, and tell readers what was found.

    Raises:
        WaiverError: the list of waivers is wrong; the message says where.
        RuleError: a rule cannot be evaluated.
    """
    results = evaluate_rules(
        connection,
        rules,
        stage=stage,
        run_id=run_id,
        now=datetime.now(UTC),
        reference_dir=DBT_PROJECT_DIR / "seeds",
        waivers=read_waivers(waivers_file(IngestionSettings()), load_rules()),
    )
    balances = reconcile(connection)
    now = datetime.now(UTC)
    publish_report(
        connection,
        serving_dir(),
        run_id=run_id,
        now=now,
        freshness=source_freshness(connection, now.date()),
        balances=balances,
    )
    return Judgement(results, balances)
