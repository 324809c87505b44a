"""From a query's shape to SQL. The only module that imports MetricFlow, whose interface is not a stable one.

MetricFlow takes filters as SQL text, so no value ever goes near it: a shape holds how many values each filter
has, the SQL is compiled with marks in their place, and the marks become named parameters that DuckDB binds.
The text of one shape therefore serves all values, and is kept.
"""

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
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

SHAPES_KEPT = 512

# MetricFlow does not say that it may be used from several threads, and compiling is pure Python anyway.
_metricflow = Lock()
_MARK = re.compile(r"'__bind__(\w+?)__bind__'")


class CompileError(RuntimeError):
    """MetricFlow cannot make sense of a manifest or of a shape."""


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


def parameter(filter_index: int, value_index: int) -> str:
    """Name of the SQL parameter for one value of one filter of a shape."""
    return f"f{filter_index}_{value_index}"


class Compiler:
    """Compiles shapes for one semantic manifest."""

    def __init__(self, manifest_json: str) -> None:
        """Raises CompileError when MetricFlow does not accept the manifest."""
        with _metricflow, _errors_translated():
            manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest_json)
            self._engine = MetricFlowEngine(
                semantic_manifest_lookup=SemanticManifestLookup(manifest),
                sql_client=_CompileOnlyClient(),  # duck-typed: compiling calls none of it
            )
        self._texts: OrderedDict[QueryShape, str] = OrderedDict()
        self._texts_lock = Lock()

    def sql(self, shape: QueryShape) -> str:
        """SQL with the named parameters of `parameter()`; its columns are named as in the shape."""
        with self._texts_lock:
            text = self._texts.get(shape)
            if text is not None:
                self._texts.move_to_end(shape)
                return text
        text = self._compile(shape)
        with self._texts_lock:
            self._texts[shape] = text
            while len(self._texts) > SHAPES_KEPT:
                self._texts.popitem(last=False)
        return text

    def _compile(self, shape: QueryShape) -> str:
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
    except Exception as error:
        raise CompileError(f"MetricFlow: {type(error).__name__}") from error


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
