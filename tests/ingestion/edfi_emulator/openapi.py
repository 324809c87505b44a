"""Ed-Fi's published OpenAPI files as JSON Schema that refuses what they do not declare."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[3]


def shared_file(*parts: str) -> Path:
    """A file of Ed-Fi's beside the repository; the test is skipped where it was not downloaded."""
    for folder in (ROOT.parent / "shared", ROOT.parent.parent / "shared"):
        path = folder.joinpath("data", *parts)
        if path.exists():
            return path
    pytest.skip(f"Ed-Fi's {'/'.join(parts)} is not beside the repository")


@cache
def specification(standard: int) -> dict[str, Any]:
    """The resources API of a data standard, closed against undeclared fields."""
    path = shared_file("edfi_openapi", f"resources-ds-{standard}.0.yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


def row_validator(standard: int, resource: str) -> Draft202012Validator:
    """Checks one row of a resource against its schema."""
    document = specification(standard)
    answer = document["paths"][f"/ed-fi/{resource}"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]["items"]
    return Draft202012Validator(
        {"components": document["components"], **schema}, format_checker=FormatChecker(["date"])
    )


def identity_of(standard: int, resource: str) -> set[tuple[str, ...]]:
    """Where the values of a resource's natural key stand, as the specification marks them."""
    document = specification(standard)
    schemas = document["components"]["schemas"]
    answer = document["paths"][f"/ed-fi/{resource}"]["get"]["responses"]["200"]
    root = schemas[answer["content"]["application/json"]["schema"]["items"]["$ref"].rsplit("/", 1)[-1]]
    found = set()
    for name, field in root["properties"].items():
        if field.get("x-Ed-Fi-isIdentity") and "$ref" not in field:
            found.add((name,))
    return found
