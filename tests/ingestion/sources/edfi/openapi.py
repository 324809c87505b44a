"""Ed-Fi's published OpenAPI files, where they lie beside the repository."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]


@cache
def published(name: str) -> dict[str, Any]:
    """One of the published files; the test is skipped where they were not downloaded."""
    for folder in (ROOT.parent / "shared", ROOT.parent.parent / "shared"):
        path = folder / "data" / "edfi_openapi" / name
        if path.is_file():
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
            return document
    pytest.skip(f"Ed-Fi's {name} is not beside the repository")


def resources(standard: int) -> dict[str, Any]:
    """The resources API of a data standard."""
    return published(f"resources-ds-{standard}.0.yaml")


def schema_of(document: dict[str, Any], resource: str) -> dict[str, Any]:
    """Schema of a resource's rows."""
    answer = document["paths"][f"/ed-fi/{resource}"]["get"]["responses"]["200"]
    return resolved(document, answer["content"]["application/json"]["schema"]["items"])


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or the one that it points to."""
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def parameters_of(document: dict[str, Any], resource: str) -> set[str]:
    """Query parameters of a resource's GET."""
    names = set()
    for parameter in document["paths"][f"/ed-fi/{resource}"]["get"]["parameters"]:
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
        if parameter["in"] == "query":
            names.add(parameter["name"])
    return names
