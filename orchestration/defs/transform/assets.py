"""dbt's seeds, staging, intermediate and mart models as assets, with dbt's tests as their checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from orchestration.asset_keys import EVERY_NIGHT, TEAM
from orchestration.attempts import recording_failure
from orchestration.dbt_manifest import dbt_manifest, dbt_project
from orchestration.defs.transform.columns import column_metadata, reshaped_incremental_models
from orchestration.defs.verify.gates import assert_gates_open
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.resources import Warehouse
from orchestration.settings import OrchestrationSettings


class ModelTranslator(DagsterDbtTranslator):
    """Keys are schema and table; groups are the layers; the mart's folder is its domain."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        if node["resource_type"] == "source":
            return spec.replace_attributes(key=dg.AssetKey([node["schema"], node["name"]]))
        layer = node["schema"]
        owner = node["config"]["meta"].get("owner")
        tags = {"layer": layer}
        if len(node["fqn"]) > 3:
            tags["domain"] = node["fqn"][2]
        return spec.replace_attributes(
            key=dg.AssetKey([layer, node["name"]]),
            group_name=layer,
            owners=[f"team:{owner}"] if owner else [TEAM],
            tags={**spec.tags, **tags},
            freshness_policy=EVERY_NIGHT if layer == "marts" else None,
        )


def _finished(events: Iterator[Any], failures: list[Exception]) -> Iterator[Any]:
    """The same events; an error at their end goes into `failures`, so that what was built before it is still told."""
    try:
        yield from events
    except Exception as error:
        failures.append(error)


def _described(built: list[Any], invocation: DbtCliInvocation, warehouse: Warehouse) -> Iterator[Any]:
    """What dbt built, in its order, with row counts, columns and where they come from."""
    with warehouse.connect() as connection:
        rows = _row_counts(connection)
        columns = column_metadata(connection, invocation.manifest, invocation.target_path / "compiled")
    for event in built:
        if isinstance(event, dg.Output):
            unique_id = str(event.metadata["unique_id"].value)
            name = unique_id.rsplit(".", 1)[-1]
            counted = {"dagster/row_count": rows[name]} if name in rows else {}
            event = event.with_metadata({**event.metadata, **columns.get(unique_id, {}), **counted})
        yield event


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each table that dbt builds, by its name; one question, where dagster-dbt asks one for each."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where schema_name in ('reference', 'intermediate', 'marts')"
    ).fetchall()
    counts = " union all ".join(f"select '{name}', count(*) from {schema}.{name}" for schema, name in tables)
    return dict(connection.execute(counts).fetchall()) if tables else {}


@dbt_assets(
    manifest=dbt_project().manifest_path,
    project=dbt_project(),
    dagster_dbt_translator=ModelTranslator(DagsterDbtTranslatorSettings(enable_code_references=False)),
    # Seeds are code: what they hold is tested with the code, not every night.
    exclude="path:seeds,resource_type:test",
    name="dbt_build",
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse) -> Iterator[Any]:
    """`dbt build` of every model, seed and test of the models; what tests our code alone runs in the test suite."""
    # A blocking check gates only inside its own run: a run of marts alone must look at the last result.
    assert_gates_open(context, [raw_contract_checks])
    with recording_failure(context, "transform"):
        with warehouse.connect() as connection:
            reshaped = reshaped_incremental_models(connection, dbt_manifest())
        if reshaped:
            context.log.info(f"Built as a whole, because columns have changed: {', '.join(reshaped)}.")
        invocation = dbt.cli(
            # The debug log of one run is 25 MB and takes a tenth of its time; Dagster keeps what is said at level info.
            # Its other files say what Dagster says, and writing them takes seconds.
            ["build", "--exclude-resource-type", "unit_test", "--log-level-file", "none", "--no-write-json"]
            + (["--full-refresh"] if reshaped else []),
            context=context,
            target_path=OrchestrationSettings().dbt_target_dir,
        )
        failures: list[Exception] = []
        built = list(_finished(invocation.stream(), failures))
        yield from _described(built, invocation, warehouse)
        if failures:
            raise failures[0]
