"""What the metrics' definitions say of themselves, read from the dbt project's YAML.

dbt need not run for it: what is generated from the definitions must be writable while the project does not parse.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import DBT_PROJECT_DIR, REPOSITORY

METRICS_DIR = DBT_PROJECT_DIR / "models" / "metrics"
_COMPONENTS = ("numerator", "denominator", "n_students", "unknown")


class MetricDefinitionError(ValueError):
    """A definition lacks something or names what does not exist; the message says what, where and the remedy."""


@dataclass(frozen=True)
class MetricDefinition:
    """A public metric, as far as other packages need to know of it.

    Attributes:
        feeds: raw tables that it depends on.
        mart: the mart that it is counted from.
        columns: columns of that mart that it is counted from, each once.
        file: where it is defined, from the repository's root.
    """

    id: str
    family: str
    feeds: tuple[str, ...]
    mart: str
    columns: tuple[str, ...]
    file: str


def metric_documents(folder: Path = METRICS_DIR) -> list[dict[str, Any]]:
    """The files of metrics and semantic models as they are written, in the order of their names."""
    return [_read(path) for path in _files(folder)]


def metric_definitions(folder: Path = METRICS_DIR) -> list[MetricDefinition]:
    """The metrics that are offered to readers, by file and then as they stand in it. Raises MetricDefinitionError."""
    documents = {path: _read(path) for path in _files(folder)}
    metrics = [(path, metric) for path, document in documents.items() for metric in document.get("metrics") or ()]
    measures = {
        measure["name"]: (_mart(model), measure["expr"])
        for document in documents.values()
        for model in document.get("semantic_models") or ()
        for measure in model.get("measures", ())
    }
    columns = {
        metric["name"]: measures[metric["type_params"]["measure"]]
        for _, metric in metrics
        if metric["type"] == "simple" and metric["type_params"]["measure"] in measures
    }
    return [
        _definition(metric["name"], meta, columns, str(path.relative_to(REPOSITORY)))
        for path, metric in metrics
        if (meta := ((metric.get("config") or {}).get("meta") or {}).get("stocktake")) is not None
    ]


def _mart(semantic_model: dict[str, Any]) -> str:
    return str(semantic_model["model"]).removeprefix("ref('").removesuffix("')")


def _definition(
    metric_id: str, meta: dict[str, Any], columns: dict[str, tuple[str, str]], file: str
) -> MetricDefinition:
    missing = [name for name in ("family", "feeds", "n_students") if not meta.get(name)]
    if missing:
        raise MetricDefinitionError(f"The metric '{metric_id}' has no {', '.join(missing)}. Add it in {file}.")
    components = [meta[part] for part in _COMPONENTS if meta.get(part)]
    unknown = [component for component in components if component not in columns]
    if unknown:
        raise MetricDefinitionError(
            f"The metric '{metric_id}' is made of {', '.join(unknown)}, which is no simple metric on a measure. "
            f"Correct it in {file}, or define the component beside it."
        )
    return MetricDefinition(
        id=metric_id,
        family=meta["family"],
        feeds=tuple(meta["feeds"]),
        mart=columns[meta["n_students"]][0],
        columns=tuple(dict.fromkeys(columns[component][1] for component in components)),
        file=file,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yml"))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document
