"""Questions that are asked again and again, by name: dbt's saved queries, read as typed questions to the API.

dbt keeps a filter as SQL text. Only two forms of it are read, a dimension that is or is in quoted members, so that a
saved query can ask nothing that `/v1/query` could not.
"""

import json
import re
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict

from api.semantic.manifest import SCHOOL_LENSES, SCHOOL_YEAR, SCOPE, Catalogue, CatalogueError

_DIMENSION = r"Dimension\('(?P<model>\w+?)__(?P<name>\w+)'\)"
_GROUP = re.compile(_DIMENSION)
_FILTER = re.compile(
    r"\{\{\s*" + _DIMENSION + r"\s*\}\}\s*(?:=\s*(?P<one>'[^']+')|in\s*\((?P<several>'[^']+'(?:\s*,\s*'[^']+')*)\))",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"'([^']+)'")


class SavedFilter(BaseModel):
    """Only students whose dimension has one of these members."""

    model_config = ConfigDict(frozen=True)

    dimension: str
    members: tuple[str, ...]


class SavedQuery(BaseModel):
    """A question with a name; the school year is left to whoever asks it."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    question: str
    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    filters: tuple[SavedFilter, ...]


def read_saved_queries(manifest_json: str, catalogue: Catalogue) -> dict[str, SavedQuery]:
    """The saved queries of a semantic manifest, by name in its order.

    Raises CatalogueError for one that names what the catalogue lacks, or that would count students twice.
    """
    documents = json.loads(manifest_json).get("saved_queries") or ()
    return {document["name"]: _read(document, catalogue) for document in documents}


def _read(document: dict[str, Any], catalogue: Catalogue) -> SavedQuery:
    name, asked = document["name"], document["query_params"]
    metrics = tuple(asked["metrics"])
    unknown = [metric for metric in metrics if metric not in catalogue.metrics]
    if unknown or not metrics:
        _refuse(name, f"asks for {unknown or 'no metrics'}", "name public metrics")
    models = {catalogue.metrics[metric].semantic_model for metric in metrics}
    if len(models) > 1:
        _refuse(name, f"asks for metrics of {sorted(models)}", "make one query of each semantic model")
    (model,) = models
    groups = [_dimension(name, text, model) for text in asked["group_by"]]
    where = [one["where_sql_template"] for one in (asked.get("where") or {}).get("where_filters") or ()]
    filters = [_filter(name, text, model) for text in where]
    query = SavedQuery(
        id=name,
        title=document.get("label") or name,
        question=document.get("description") or "",
        metrics=metrics,
        group_by=tuple(group for group in groups if group != SCHOOL_YEAR),
        filters=tuple(one for one in filters if one.dimension != SCOPE),
    )
    if SCHOOL_YEAR not in groups:
        _refuse(name, "adds up school years", f"group it by {model}__{SCHOOL_YEAR}, too")
    _check_lenses(query, catalogue)
    lenses = {*query.group_by, *(one.dimension for one in query.filters)}
    scope = "school" if lenses & SCHOOL_LENSES else "district"
    if [one.members for one in filters if one.dimension == SCOPE] != [(scope,)]:
        _refuse(
            name,
            "does not choose the scope in which its students count once",
            f"give it the one filter {{{{ Dimension('{model}__{SCOPE}') }}}} = '{scope}'",
        )
    return query


def _check_lenses(query: SavedQuery, catalogue: Catalogue) -> None:
    for lens in (*query.group_by, *(one.dimension for one in query.filters)):
        for metric in query.metrics:
            allowed = catalogue.metrics[metric].dimensions
            if lens not in allowed:
                _refuse(query.id, f"splits '{metric}' by '{lens}'", f"use a dimension of it: {', '.join(allowed)}")
    for one in query.filters:
        # Members that only the data can list, as schools, are checked when the question is asked.
        known = {member.value for member in catalogue.dimensions[one.dimension].members}
        if known and not known.issuperset(one.members):
            _refuse(query.id, f"filters '{one.dimension}' by {one.members}", f"use its members: {sorted(known)}")


def _dimension(name: str, text: str, model: str) -> str:
    found = _GROUP.fullmatch(text.strip())
    if found is None or found["model"] != model:
        _refuse(name, f"groups by {text!r}", f"write Dimension('{model}__<dimension>')")
    return found["name"]


def _filter(name: str, text: str, model: str) -> SavedFilter:
    found = _FILTER.fullmatch(text.strip())
    if found is None or found["model"] != model:
        _refuse(
            name,
            f"has the filter {text!r}",
            f"write {{{{ Dimension('{model}__<dimension>') }}}} = '<member>', or in ('<member>', '<member>')",
        )
    return SavedFilter(dimension=found["name"], members=tuple(_MEMBER.findall(found["one"] or found["several"])))


def _refuse(name: str, what: str, remedy: str) -> NoReturn:
    raise CatalogueError(f"the saved query '{name}' {what}; {remedy} (dbt_project/models/metrics/saved_queries.yml)")
