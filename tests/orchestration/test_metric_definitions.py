"""What is generated from the metrics' definitions, and how a faulty one is told."""

from pathlib import Path

import pytest
import yaml

from ingestion.mapping import SYSTEMS, load_system, table_name
from orchestration import metric_definitions as definitions
from orchestration.metric_definitions import MetricDefinition, MetricDefinitionError
from quality.registry import metric_feeds

MODEL = {
    "name": "lunch_day",
    "model": "ref('mart_lunch_day')",
    "measures": [{"name": "meals_served", "agg": "sum", "expr": "is_served"}],
}
COMPONENT = {"name": "meals", "type": "simple", "type_params": {"measure": "meals_served"}}
META = {"family": "lunch", "feeds": ["sis_files__lunch"], "n_students": "meals", "numerator": None, "unknown": None}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(definitions, "REPOSITORY", tmp_path)
    return tmp_path


def write(folder: Path, **changes: object) -> None:
    metric = {
        "name": "meals_total",
        "type": "simple",
        "type_params": {"measure": "meals_served"},
        "config": {"meta": {"stocktake": {**META, **changes}}},
    }
    document = {"semantic_models": [MODEL], "metrics": [metric, COMPONENT]}
    (folder / "lunch.yml").write_text(yaml.safe_dump(document))


def test_a_metric_is_read_with_what_it_is_counted_from(folder: Path) -> None:
    write(folder)
    assert definitions.metric_definitions(folder) == [
        MetricDefinition("meals_total", "lunch", ("sis_files__lunch",), "mart_lunch_day", ("is_served",), "lunch.yml")
    ]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"feeds": []}, r"'meals_total' has no feeds.*lunch\.yml"),
        ({"family": ""}, "has no family"),
        ({"numerator": "deserts"}, r"made of deserts.*lunch\.yml"),
    ],
)
def test_a_faulty_definition_says_what_and_where(folder: Path, changes: dict[str, object], complaint: str) -> None:
    write(folder, **changes)
    with pytest.raises(MetricDefinitionError, match=complaint):
        definitions.metric_definitions(folder)


def test_a_table_feeds_the_metrics_that_name_it() -> None:
    named = {table: [] for table in metric_feeds()}
    for metric in definitions.metric_definitions():
        for table in metric.feeds:
            named[table].append(metric.id)
    for system in SYSTEMS:
        for name, entity in load_system(system).entities.items():
            table = table_name(system, name)
            assert metric_feeds()[table] == (("*",) if entity.every_metric else tuple(named[table]))


def test_a_metric_that_names_no_raw_table_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration import generated_files

    wrong = MetricDefinition("meals_total", "lunch", ("sis_files__lunch",), "m", ("c",), "lunch.yml")
    monkeypatch.setattr(generated_files, "metric_definitions", lambda: [wrong])
    with pytest.raises(MetricDefinitionError, match=r"'meals_total' depends on 'sis_files__lunch'.*lunch\.yml"):
        generated_files.generated_files()
