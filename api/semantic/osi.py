"""The semantic layer as an Open Semantic Interchange (OSI) document, by MetricFlow's own converter.

Like `compile`, this module knows MetricFlow, whose interface is not a stable one. What the converter leaves out but OSI
can hold, our descriptions of metrics and dimensions, is put in as custom extensions; the rest is listed.
"""

import json
from dataclasses import dataclass
from typing import Any

from metricflow.converters.msi_to_osi import MSIToOSIConverter
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest

from api.semantic.figures import OF_A_HUNDRED
from api.semantic.manifest import SCOPE, Catalogue

MODEL_NAME = "stocktake"
# OSI keeps a list of vendors, and COMMON is for all who are not on it.
VENDOR = "COMMON"


@dataclass(frozen=True)
class OsiExport:
    """An OSI document as JSON, and what of the definitions it cannot say."""

    document: str
    lost: tuple[str, ...]


def osi_export(manifest_json: str) -> OsiExport:
    """Convert dbt's semantic manifest. Raises CatalogueError when our own definitions in it are incomplete."""
    catalogue = Catalogue.parse(manifest_json)
    manifest = json.loads(manifest_json)
    converted = MSIToOSIConverter().convert(
        parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest_json), osi_model_name=MODEL_NAME
    )
    document = json.loads(converted.output.to_osi_json())
    (model,) = document["semantic_model"]
    _extend(model, manifest)
    dropped = [f"{issue.element_name}: {issue.issue_type.value}" for issue in converted.issues]
    return OsiExport(
        document=json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        lost=(*sorted(dropped), *_missing(model, catalogue, manifest), *_unsaid(catalogue)),
    )


def _extend(model: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Put the descriptions of public metrics and of lenses beside what the converter made of them."""
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    for metric in model["metrics"]:
        _describe(metric, metrics[metric["name"]])
    sources = {source["name"]: source for source in manifest["semantic_models"]}
    for dataset in model["datasets"]:
        dimensions = {dimension["name"]: dimension for dimension in sources[dataset["name"]]["dimensions"]}
        for field in dataset["fields"]:
            if field["name"] in dimensions:
                _describe(field, dimensions[field["name"]])


def _describe(element: dict[str, Any], source: dict[str, Any]) -> None:
    meta = ((source.get("config") or {}).get("meta") or {}).get("stocktake")
    if meta is not None:
        data = json.dumps({MODEL_NAME: meta}, ensure_ascii=False)
        element["custom_extensions"] = [{"vendor_name": VENDOR, "data": data}]


def _missing(model: dict[str, Any], catalogue: Catalogue, manifest: dict[str, Any]) -> list[str]:
    exported = {metric["name"] for metric in model["metrics"]}
    saved = [query["name"] for query in manifest.get("saved_queries") or ()]
    return [
        *(f"{metric}: the metric is not in the document" for metric in catalogue.metrics if metric not in exported),
        *(f"{name}: OSI has no saved queries" for name in saved),
    ]


def _unsaid(catalogue: Catalogue) -> list[str]:
    """What an expression of OSI cannot say, so that who reads the document must know it."""
    hundredfold = [metric.id for metric in catalogue.metrics.values() if metric.unit in OF_A_HUNDRED]
    return [
        f"{name}: that a query must filter by `{SCOPE}`; without a filter, students are counted once for the district "
        "and again for each school"
        for name in catalogue.relations
    ] + [
        f"{', '.join(hundredfold)}: that the quotient is shown a hundredfold",
        "all metrics: rounding half up to `decimals`, a division by zero that leaves the value unknown, "
        "and the smallest groups that are shown",
    ]
