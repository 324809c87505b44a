"""A hash of each metric's definition, so that a changed definition can be told from changed data."""

import hashlib
import json
from typing import Any

_COMPONENTS = ("numerator", "denominator", "n_students", "unknown")
_PROSE = frozenset(
    {"title", "question", "family", "how_to_read", "misreadings", "standard", "owner", "label", "description"}
)
"""What explains a metric without deciding a figure."""


def definition_hashes(manifest_json: str) -> dict[str, str]:
    """SHA-256 per public metric of dbt's semantic manifest: its formula, the columns counted, and whom it includes.

    Prose is left out. The models that the columns come from are not part of it: their changes show in the figures.
    """
    manifest = json.loads(manifest_json)
    metrics = {metric["name"]: metric for metric in manifest.get("metrics", ())}
    measures = {
        measure["name"]: {"model": model["name"], "agg": measure.get("agg"), "expr": measure.get("expr")}
        for model in manifest.get("semantic_models", ())
        for measure in model.get("measures", ())
    }
    return {name: _hash(name, metrics, measures) for name, metric in metrics.items() if _meta(metric)}


def _hash(name: str, metrics: dict[str, Any], measures: dict[str, Any]) -> str:
    meta = {key: value for key, value in _meta(metrics[name]).items() if key not in _PROSE}
    parts = {meta[part]: _formula(meta[part], metrics, measures) for part in _COMPONENTS if meta.get(part)}
    return hashlib.sha256(json.dumps([meta, parts], sort_keys=True).encode()).hexdigest()


def _formula(name: str, metrics: dict[str, Any], measures: dict[str, Any]) -> Any:
    component = metrics.get(name, {})
    measure = ((component.get("type_params") or {}).get("measure") or {}).get("name")
    return [component.get("type"), component.get("filter"), measures.get(str(measure))]


def _meta(metric: dict[str, Any]) -> dict[str, Any]:
    return ((metric.get("config") or {}).get("meta") or {}).get("stocktake") or {}
