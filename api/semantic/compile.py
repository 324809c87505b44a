"""From a query's shape to SQL. With `osi` the only module that imports MetricFlow, whose interface is not stable.

MetricFlow takes filters as SQL text, so no value ever goes near it: a shape holds how many values each filter
has, the SQL is compiled with marks in their place, and the marks become named parameters that DuckDB binds.
The text of one shape therefore serves all values, and is kept.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Literal, NoReturn

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.errors.error_classes import InvalidQueryException
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

SHAPES_KEPT = 512

# MetricFlow does not say that it may be used from several threads, and compiling is pure Python anyway.
_metricflow = Lock()
_MARK = re.compile(r"'__bind__(\w+?)__bind__'")


# "Message:" up to the advice or the blank line behind it, and the name that was asked for.
_MESSAGE = re.compile(r"Message:\s+(?P<text>.*?)(?:\s+Common issues are:|\n\n|\Z)", re.DOTALL)
_ASKED = re.compile(r"(?:Object Builder Input|Query Input):\s+(?:\w+\(')?(?P<name>\w+__\w+|\w+)'?\)?\s*$", re.MULTILINE)

ColumnType = Literal["text", "integer", "number", "date"]
"""`number` is exact: whole, or decimal where days, points or full-time equivalents are added up."""


class CompileError(RuntimeError):
    """MetricFlow cannot make sense of a manifest or of a shape; the message says what it takes exception to."""


Operator = Literal["in", "in_earlier", "contains"]
NOT_ENROLLED_AT_BASELINE = "not_enrolled_at_baseline"
"""The member of whoever has no row in the earlier year that membership is read from."""


@dataclass(frozen=True)
class FilterShape:
    """A qualified dimension, how it is compared, and with how many values.

    `in`: is one of them. `in_earlier`: the same for a dimension of an earlier year, where a row may be missing.
    `contains`: has one of them in its text.
    """

    dimension: str
    operator: Operator
    values: int


@dataclass(frozen=True)
class QueryShape:
    """What decides the SQL of a query: names only, all of them from the catalogue, and no values."""

    components: tuple[str, ...]
    group_by: tuple[str, ...]
    filters: tuple[FilterShape, ...]


@dataclass(frozen=True)
class CompiledQuery:
    """The SQL of a shape, with the named parameters of `parameter()`, and the columns of its result by name."""

    sql: str
    columns: dict[str, ColumnType]


def parameter(filter_index: int, value_index: int) -> str:
    """Name of the SQL parameter for one value of one filter of a shape."""
    return f"f{filter_index}_{value_index}"


class Compiler:
    """Compiles shapes for one semantic manifest."""

    def __init__(self, manifest_json: str) -> None:
        """Raises CompileError when MetricFlow does not accept the manifest."""
        with _metricflow, _errors_translated():
            manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest_json)
            self._types = _column_types(manifest_json)
            self._engine = MetricFlowEngine(
                semantic_manifest_lookup=SemanticManifestLookup(manifest),
                sql_client=_CompileOnlyClient(),  # duck-typed: compiling calls none of it
            )
        self._compiled: OrderedDict[QueryShape, CompiledQuery] = OrderedDict()
        self._compiled_lock = Lock()

    def compile(self, shape: QueryShape) -> CompiledQuery:
        """The query of a shape. Raises CompileError with the reason when MetricFlow cannot express it."""
        with self._compiled_lock:
            kept = self._compiled.get(shape)
            if kept is not None:
                self._compiled.move_to_end(shape)
                return kept
        query = CompiledQuery(
            sql=self._sql(shape), columns={name: self._types[name] for name in (*shape.group_by, *shape.components)}
        )
        with self._compiled_lock:
            self._compiled[shape] = query
            while len(self._compiled) > SHAPES_KEPT:
                self._compiled.popitem(last=False)
        return query

    def _sql(self, shape: QueryShape) -> str:
        request = MetricFlowQueryRequest.create(
            metric_names=list(shape.components),
            group_by_names=list(shape.group_by),
            where_constraints=[_condition(index, one) for index, one in enumerate(shape.filters)],
        )
        with _metricflow, _errors_translated():
            text = self._engine.explain(request).sql_statement.sql
        return _MARK.sub(r"$\1", text)


@lru_cache(maxsize=16)
def compiler_for(manifest_json: str) -> Compiler:
    """The compiler of a manifest; snapshots with the same definitions share one."""
    return Compiler(manifest_json)


@contextmanager
def _errors_translated() -> Iterator[None]:
    # It raises errors of many families, its parser's among them, and none are documented.
    try:
        yield
    except InvalidQueryException as error:
        raise CompileError(_reason(str(error))) from error
    except Exception as error:
        raise CompileError(f"MetricFlow: {type(error).__name__}") from error


def _reason(text: str) -> str:
    """The first complaint of MetricFlow's report in a line. Values never went near it, so it holds names only."""
    message, asked = _MESSAGE.search(text), _ASKED.search(text)
    if message is None:
        return "MetricFlow refuses it without a reason"
    said = " ".join(message["text"].split()).rstrip(".")
    return f"{said}: {asked['name']}" if asked else said


def _column_types(manifest_json: str) -> dict[str, ColumnType]:
    """Types of all that a query can return, by the name that its column has."""
    manifest = json.loads(manifest_json)
    types: dict[str, ColumnType] = {}
    aggregations: dict[str, str] = {}
    for model in manifest["semantic_models"]:
        aggregations |= {measure["name"]: measure["agg"] for measure in model["measures"]}
        for dimension in model["dimensions"]:
            meta = (dimension.get("config") or {}).get("meta") or {}
            is_date = dimension["type"] == "time"
            kind: ColumnType = "date" if is_date else meta.get("data_type", "text")
            # A model is found by each of its keys, and its dimensions are named by the one that was used.
            types |= {f"{entity['name']}__{dimension['name']}": kind for entity in model["entities"]}
    for metric in manifest["metrics"]:
        measure = metric["type_params"].get("measure")
        is_count = measure is not None and aggregations.get(measure["name"]) == "count_distinct"
        types[metric["name"]] = "integer" if is_count else "number"
    return types


def _condition(index: int, one: FilterShape) -> str:
    dimension = f"{{{{ Dimension('{one.dimension}') }}}}"
    marks = [f"'__bind__{parameter(index, value)}__bind__'" for value in range(one.values)]
    match one.operator:
        case "in":
            return f"{dimension} in ({', '.join(marks)})"
        case "in_earlier":
            return f"coalesce({dimension}, '{NOT_ENROLLED_AT_BASELINE}') in ({', '.join(marks)})"
        case "contains":
            return f"({' or '.join(f'contains({dimension}, {mark})' for mark in marks)})"


class _CompileOnlyClient:
    """The parts of MetricFlow's SqlClient that compiling needs; running anything is refused."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("SQL runs on the snapshot's own connection")

    query = execute = dry_run = render_bind_parameter_key = _refuse

    def close(self) -> None:
        """Nothing is open."""
