"""dbt's seeds, staging, intermediate and mart models as assets, with dbt's tests as their checks."""

import contextlib
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.core.dbt_event_iterator import DbtEventIterator
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import cleanup_connections, reset_adapters

from ingestion.mapping import SYSTEMS
from orchestration.asset_keys import EVERY_NIGHT, TEAM
from orchestration.attempts import recording_failure
from orchestration.dbt_manifest import dbt_project, project_files
from orchestration.defs.ingest.assets import checked_systems
from orchestration.defs.transform.column_metadata import (
    COLUMN_KEYS,
    COLUMN_METADATA_FILE,
    code_fingerprint,
    read_column_metadata,
    write_column_metadata,
)
from orchestration.defs.verify.gates import assert_gates_open
from orchestration.defs.verify.raw_contracts import raw_contract_checks
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


def _release_warehouse() -> None:
    cleanup_connections()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    reset_adapters()  # type: ignore[no-untyped-call]
    gc.collect()


def _finished(events: Iterator[Any], failures: list[Exception]) -> Iterator[Any]:
    """The same events; an error at their end goes into `failures`, so that what was built before it is still told.

    dagster-dbt reads row counts and columns of a DuckDB only after dbt has ended, and until then its thread pool spins:
    that takes one of two cores from dbt. So nothing is attached to a stream before it has ended.
    """
    try:
        yield from events
    except Exception as error:
        failures.append(error)


def _described(built: list[Any], invocation: DbtCliInvocation) -> Iterator[Any]:
    """What dbt built, in its order, with row counts, columns and where they come from."""
    kept_in = dbt_project().manifest_path.with_name(COLUMN_METADATA_FILE)
    fingerprint = code_fingerprint(project_files())
    known = read_column_metadata(kept_in, fingerprint)
    described = [event for event in built if isinstance(event, dg.Output) and not _is_of_unsent_system(event)]
    counted = list(DbtEventIterator(iter(described), invocation).fetch_row_counts())
    untraced = [event for event in counted if _unique_id(event) not in known]
    traced = list(DbtEventIterator(iter(untraced), invocation).fetch_column_metadata(with_column_lineage=True))
    for event in traced:
        known[_unique_id(event)] = {key: event.metadata[key] for key in COLUMN_KEYS if key in event.metadata}
    if traced:
        write_column_metadata(kept_in, fingerprint, known)
    with_columns = {
        _unique_id(event): event.with_metadata({**event.metadata, **known[_unique_id(event)]}) for event in counted
    }
    for event in built:
        yield with_columns.get(_unique_id(event), event) if isinstance(event, dg.Output) else event


def _unique_id(event: Any) -> str:
    return str(event.metadata["unique_id"].value)


def _is_of_unsent_system(event: Any) -> bool:
    """Whether the event is about a staging model of a system that the district does not send.

    Such models are empty views. The unions of all systems read them, so they are built, but columns are not traced.
    """
    name = _unique_id(event).rsplit(".", 1)[-1]
    system = name.partition("_")[2].partition("__")[0]
    return system in SYSTEMS and system not in checked_systems()


@dbt_assets(
    manifest=dbt_project().manifest_path,
    project=dbt_project(),
    dagster_dbt_translator=ModelTranslator(DagsterDbtTranslatorSettings(enable_code_references=False)),
    name="dbt_build",
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """`dbt build` of every model, seed and test; unit tests run in the test suite, not on district data."""
    # A blocking check gates only inside its own run: a run of marts alone must look at the last result.
    assert_gates_open(context, [raw_contract_checks])
    # Reading columns moves several threads into the dbt project and back at once, which may leave the process there.
    with recording_failure(context, "transform"), contextlib.chdir(Path.cwd()):
        try:
            invocation = dbt.cli(
                ["build", "--exclude-resource-type", "unit_test"],
                context=context,
                target_path=OrchestrationSettings().dbt_target_dir,
            )
            failures: list[Exception] = []
            built = list(_finished(invocation.stream(), failures))
            yield from _described(built, invocation)
            if failures:
                raise failures[0]
        finally:
            # Row counts and columns are read in this process, and dbt's adapter keeps its connection open,
            # which would keep the next step from the warehouse.
            _release_warehouse()
