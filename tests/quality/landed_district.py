"""A sample district that has been landed and not yet transformed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.district import ConfiguredSource, District, DistrictIdentity
from ingestion.landing import land
from ingestion.sample_district.generate import generate_sample_district
from quality.registry import load_rules
from quality.rule_evaluation import evaluate_rules
from quality.rule_results import RuleResult

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
NOW = datetime(2026, 6, 20, 4, tzinfo=UTC)
RULES = load_rules()


class LandedDistrict:
    """A landed sample district."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.delivered = folder / "delivered"
        self.file = folder / "district.duckdb"
        roots = {
            "oneroster": "oneroster",
            "sis_files": "sis",
            "assessment_files": "assessment",
            "program_files": "sis",
            "survey_files": "survey",
            "hr_files": "hr",
            "training_files": "training",
            "plan_files": "plan",
            "postsecondary_files": "postsecondary",
            "graduation_files": "graduation",
            "growth_files": "growth",
            "control_files": "control",
            "practice_store": "practice",
        }
        self.district = District(
            district=DistrictIdentity(id="d", name="D"),
            sources={system: ConfiguredSource(root=self.delivered / root) for system, root in roots.items()},
        )

    def deliver(self, dirty_rate: float, seed: int = 20260612) -> None:
        """Generate the district's files, and land them."""
        generate_sample_district(self.delivered, students=300, schools=3, years=2, seed=seed, dirty_rate=dirty_rate)
        for system in self.district.sources:
            land(system, self.district, self.file, self.folder / "dlt")

    def evaluate(self, now: datetime = NOW, run_id: str = "run") -> dict[str, RuleResult]:
        with duckdb.connect(str(self.file)) as connection:
            results = evaluate_rules(connection, RULES, stage="raw", run_id=run_id, now=now, reference_dir=SEEDS)
        return {result.key: result for result in results}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def planted(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.delivered / "truth.json").read_text())["dirty"]
        return found
