"""The project keeps the shape that its documents promise."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

from api.settings import ApiSettings
from ingestion.mapping import SYSTEMS, load_system, raw_tables
from ingestion.settings import IngestionSettings
from orchestration.generated_files import generated_files
from orchestration.settings import OrchestrationSettings
from quality.settings import QualitySettings
from quality.verify import MARTS_CONTRACTS, RAW_CONTRACTS, contract_paths, contract_table

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "ingestion", "orchestration", "quality")
SETTINGS: tuple[type[BaseSettings], ...] = (
    ApiSettings,
    IngestionSettings,
    OrchestrationSettings,
    QualitySettings,
)


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_env_example_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^# (STOCKTAKE_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    declared = {f"STOCKTAKE_{name.upper()}" for settings in SETTINGS for name in settings.model_fields}
    assert listed == declared


def test_the_environment_is_read_in_settings_only() -> None:
    readers = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            is_getenv = isinstance(node, ast.Attribute) and node.attr in ("getenv", "environb")
            is_read = (
                isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Load)
                and ast.unparse(node.value) == "os.environ"
            ) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get")
            if (is_getenv or is_read) and path.name != "settings.py":
                readers.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert readers == []


def test_no_module_is_named_for_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
    assert [path for path in modules() if path.stem in vague or path.parent.name in vague] == []


def test_modules_stay_small_enough_to_read() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules()}
    assert {path: lines for path, lines in long.items() if lines > 500} == {}


def test_no_unfinished_business_is_left_in_the_code() -> None:
    marker = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK")
    assert [path for path in modules() if marker.search(path.read_text())] == []


def test_generated_files_are_as_the_mappings_say() -> None:
    stale = [str(path) for path, content in generated_files().items() if path.read_text() != content]
    assert stale == [], "run `make generate`"


def test_every_raw_table_has_a_contract_and_every_contract_a_table() -> None:
    contracted = {contract_table(path) for path in contract_paths(RAW_CONTRACTS)}
    assert contracted == {f"raw.{table}" for table in raw_tables()}


def test_every_mart_that_is_published_has_a_contract() -> None:
    models = {f"marts.{path.stem}" for path in (ROOT / "dbt_project/models/marts").rglob("*.sql")}
    assert {contract_table(path) for path in contract_paths(MARTS_CONTRACTS)} == models


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_source_has_a_page(system: str) -> None:
    page = (ROOT / "ingestion" / "sources" / system / "README.md").read_text()
    for entity in load_system(system).entities:
        assert f"`{entity}`" in page, f"the page of {system} does not say what {entity} is"


def test_documents_point_at_files_that_exist() -> None:
    broken = []
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_the_change_that_added_a_metric_is_shown_as_it_is() -> None:
    guide = (ROOT / "docs/guides/add-a-metric.md").read_text()
    changes = re.findall(r"```diff\n--- a/\S+\n\+\+\+ b/(\S+)\n(.*?)```", guide, re.DOTALL)
    assert {file for file, _ in changes} == {"dbt_project/models/metrics/attendance.yml", "quality/public_metrics.yml"}
    for file, change in changes:
        added = "\n".join(line[1:] for line in change.splitlines() if line.startswith("+")).strip()
        assert added in (ROOT / file).read_text(), f"{file} has changed since; show its lines anew"


def test_commands_in_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE)) <= targets


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    requirements = re.split(r"\n(?=[a-z])", lock)
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_ci_runs_the_readme_commands_only() -> None:
    commands = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line.startswith("make ")]
    assert commands == ["make lint", "make test", "make osi"]


def test_the_contracts_are_yaml_that_names_its_fix() -> None:
    for path in (*contract_paths(RAW_CONTRACTS), *contract_paths(MARTS_CONTRACTS)):
        contract = yaml.safe_load(path.read_text())
        assert contract["dataset"].startswith("district/"), path
