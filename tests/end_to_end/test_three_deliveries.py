"""One district, sent three ways: over an Ed-Fi API, as OneRoster with files, from a database with files.

Whichever way it comes, the marts are the same to the row. What says which system spoke is left out: the match
of each source table, and the ids under which systems know people.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from dbt.contracts.graph.manifest import Manifest

from ingestion.district import read_district
from ingestion.edfi_emulator.server import serve
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.landing import land
from ingestion.sample_district.as_database import write_sqlite
from ingestion.sample_district.as_edfi import build_edfi_documents
from ingestion.sample_district.generate import generate_sample_district
from quality.quarantine import create_quarantine_tables
from quality.reconciliation import Balance, reconcile
from quality.registry import load_rules
from quality.rule_evaluation import evaluate_rules
from quality.rule_results import RuleResult
from tests.dbt.conftest import PROJECT, run_dbt

ABOUT_SYSTEMS = {
    "mart_source_match", "dim_student_identity", "dim_staff_identity", "mart_identity_candidate", "mart_feed_freshness",
    # Of which sections attendance was taken comes as a file only.
    "mart_attendance_completeness",
}  # fmt: skip
NOW = datetime(2026, 6, 20, tzinfo=UTC)
ROSTER_LACKS = {"sis_files": "sis", "assessment_files": "assessment", "program_files": "sis"}
"""What comes as files where the roster is OneRoster's or a database's."""
EVERY_WAY = {"survey_files": "survey", "training_files": "training", "plan_files": "plan",
             "postsecondary_files": "postsecondary", "graduation_files": "graduation",
             "practice_store": "practice", "growth_files": "growth"}  # fmt: skip
"""What comes as files in any district."""
POSITIONS = {"positions": [{"files": ["positions.csv"]}]}
"""Position control comes as a file, too, where staff come from a database or an API."""
VENDORS = [
    {"layout": "college_board_ap", "files": ["ap_scores_*.csv"]},
    {"layout": "wida_access", "files": ["access_*.csv"]},
]
"""So do results that come from the vendors of tests, where the state's come from an API."""


class Delivered:
    """A warehouse into which one way of delivery has landed and been built."""

    def __init__(self, folder: Path, district: dict[str, object], manifest: Manifest) -> None:
        self.file = folder / "district.duckdb"
        path = folder / "district.yml"
        path.write_text(yaml.safe_dump({"district": {"id": "d", "name": "D"}, "sources": district}))
        parsed = read_district(path)
        for system in parsed.sources:
            land(system, parsed, self.file, folder / "dlt")
        with duckdb.connect(str(self.file)) as connection:
            create_quarantine_tables(connection)
            self.rules: list[RuleResult] = evaluate_rules(
                connection, load_rules(), stage="raw", run_id="r", now=NOW, reference_dir=PROJECT / "seeds"
            )
        command = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
        built = run_dbt(command, self.file, folder / "target", manifest)
        assert built.success, [str(node.message) for node in built.result if node.status == "error"]

    def balances(self) -> list[Balance]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return reconcile(connection)

    def marts(self) -> dict[str, pd.DataFrame]:
        """Every published mart, its columns and rows in a fixed order."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
                ).fetchall()
            ]
            return {
                name: connection.execute(f"select * from marts.{name} order by all").df()
                for name in names
                if name not in ABOUT_SYSTEMS
            }


@contextmanager
def _edfi(delivered: Path, folder: Path, standard: int) -> Iterator[dict[str, object]]:
    store = EdfiStore(standard)
    with build_edfi_documents(delivered, standard) as documents:
        store.load(documents)
    (folder / "key").write_text("sample-key")
    (folder / "secret").write_text("sample-secret")
    with serve(store) as emulator:
        yield {
            "edfi": {
                "connection": {
                    "base_url": emulator.base_url,
                    "client_id": {"file": str(folder / "key")},
                    "client_secret": {"file": str(folder / "secret")},
                }
            }
        }


@pytest.fixture(scope="module")
def delivered_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean district's files; dirt has another form in each way of delivery."""
    delivered = tmp_path_factory.mktemp("district") / "delivered"
    generate_sample_district(delivered, students=400, schools=3, years=2, dirty_rate=0)
    return delivered


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The dbt project, parsed once."""
    folder = tmp_path_factory.mktemp("project")
    parsed = run_dbt(["parse"], folder / "district.duckdb", folder)
    assert isinstance(parsed.result, Manifest)
    return parsed.result


@pytest.fixture(scope="module")
def deliver(
    delivered_files: Path, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Delivered]:
    """deliver(way): land and build the district by way of `oneroster`, `database`, `edfi5` or `edfi6`, once each."""
    done: dict[str, Delivered] = {}

    def by_way(way: str) -> Delivered:
        if way in done:
            return done[way]
        folder = tmp_path_factory.mktemp(way)
        positions = {"hr_files": {"root": str(delivered_files / "hr"), "deliveries": POSITIONS}}
        files = {system: {"root": str(delivered_files / root)} for system, root in (ROSTER_LACKS | EVERY_WAY).items()}
        files["assessment_files"]["vendors"] = "auto"
        if way == "oneroster":
            sources: dict[str, object] = {
                "oneroster": {"root": str(delivered_files / "oneroster")},
                "hr_files": {"root": str(delivered_files / "hr")},
                **files,
            }
            done[way] = Delivered(folder, sources, manifest)
        elif way == "database":
            write_sqlite(delivered_files, folder / "sis.sqlite")
            (folder / "url").write_text(f"sqlite:///{folder / 'sis.sqlite'}")
            connection = {"url": {"file": str(folder / "url")}}
            done[way] = Delivered(folder, {"sis_database": {"connection": connection}, **positions, **files}, manifest)
        else:
            with _edfi(delivered_files, folder, int(way[-1])) as source:
                also: dict[str, object] = {system: files[system] for system in EVERY_WAY}
                also["assessment_files"] = {"root": files["assessment_files"]["root"], "layouts": VENDORS}
                done[way] = Delivered(folder, {**source, **positions, **also}, manifest)
        return done[way]

    return by_way


@pytest.mark.parametrize("way", ["database", "edfi5", "edfi6"])
def test_the_marts_are_the_same_to_the_row(deliver: Callable[[str], Delivered], way: str) -> None:
    expected, found = deliver("oneroster").marts(), deliver(way).marts()
    assert set(expected) == set(found)
    different = [name for name in expected if not expected[name].equals(found[name])]
    assert different == [], {name: (len(expected[name]), len(found[name])) for name in different}


def test_the_district_fills_the_marts(deliver: Callable[[str], Delivered]) -> None:
    rows = {name: len(table) for name, table in deliver("oneroster").marts().items()}
    for mart in ("dim_student", "fct_enrollment_spell", "fct_attendance_day", "fct_assessment_result",
                 "fct_discipline_event", "mart_student_year_by_scope"):  # fmt: skip
        assert rows[mart] > 50, mart


@pytest.mark.parametrize("way", ["oneroster", "database", "edfi5", "edfi6"])
def test_landed_rows_are_staged_or_quarantined(deliver: Callable[[str], Delivered], way: str) -> None:
    balances = deliver(way).balances()
    assert sum(balance.landed > 0 for balance in balances) >= 8
    assert {balance.source_table: balance.difference for balance in balances if balance.difference} == {}


@pytest.mark.parametrize("way", ["oneroster", "database", "edfi5", "edfi6"])
def test_every_person_is_found(deliver: Callable[[str], Delivered], way: str) -> None:
    with duckdb.connect(str(deliver(way).file), read_only=True) as connection:
        matches = connection.execute(
            "select source_table, match_to, rows_matched, rows_unmatched from marts.mart_source_match"
        ).fetchall()
    assert sum(matched for _, match_to, matched, _ in matches if match_to == "student") > 1000
    assert [match for match in matches if match[3]] == []


@pytest.mark.parametrize("way", ["oneroster", "database", "edfi5", "edfi6"])
def test_no_rule_accuses_a_clean_district(deliver: Callable[[str], Delivered], way: str) -> None:
    assert [result.key for result in deliver(way).rules if result.outcome == "fail"] == []
