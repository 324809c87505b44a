"""A definition's hash follows what decides a figure, and not how it is explained."""

import copy
import json
from typing import Any

from quality.definition_hashes import definition_hashes


def component(name: str, measure: str, where: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "type": "simple",
        "type_params": {"measure": {"name": measure}},
        "filter": where,
        "config": {"meta": {}},
    }


MANIFEST: dict[str, Any] = {
    "semantic_models": [
        {
            "name": "student_year",
            "measures": [
                {"name": "enrolled", "agg": "sum", "expr": "is_enrolled"},
                {"name": "present", "agg": "sum", "expr": "attended_days"},
            ],
        }
    ],
    "metrics": [
        component("enrolled_students", "enrolled"),
        component("days", "present"),
        {
            "name": "rate",
            "type": "ratio",
            "config": {
                "meta": {
                    "stocktake": {
                        "title": "Rate",
                        "unit": "percent",
                        "numerator": "days",
                        "n_students": "enrolled_students",
                    }
                }
            },
        },
        {"name": "count", "type": "simple", "config": {"meta": {"stocktake": {"n_students": "enrolled_students"}}}},
    ],
}


def changed(*path: Any, to: Any) -> set[str]:
    """The metrics whose hash a change of the manifest changes."""
    manifest = copy.deepcopy(MANIFEST)
    place: Any = manifest
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    before, after = definition_hashes(json.dumps(MANIFEST)), definition_hashes(json.dumps(manifest))
    assert before.keys() == after.keys() == {"rate", "count"}
    return {metric for metric in before if before[metric] != after[metric]}


def test_what_decides_a_figure_is_in_the_hash() -> None:
    assert changed("semantic_models", 0, "measures", 1, "expr", to="absent_days") == {"rate"}
    assert changed("semantic_models", 0, "measures", 0, "expr", to="is_enrolled_on_census") == {"rate", "count"}
    assert changed("metrics", 1, "filter", to="grade = '05'") == {"rate"}
    assert changed("metrics", 2, "config", "meta", "stocktake", "unit", to="count") == {"rate"}


def test_prose_is_not() -> None:
    assert changed("metrics", 2, "config", "meta", "stocktake", "title", to="Attendance") == set()
