"""The one entry of the code location: the platform's table of contents, in the order in which data flows."""

import dagster as dg

from orchestration.defs.ingest.assets import landing_notes, raw_assets, source_assets
from orchestration.defs.jobs import nightly_refresh, refresh_district
from orchestration.defs.publish.assets import metrics_api, snapshot
from orchestration.defs.transform.assets import dbt_models
from orchestration.defs.verify.certification import certification
from orchestration.defs.verify.mart_contracts import mart_contract_checks
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.defs.verify.rules import quarantine_rows
from orchestration.resources import resources

defs = dg.Definitions(
    assets=[
        *source_assets,
        *landing_notes,
        *raw_assets,
        quarantine_rows,
        dbt_models,
        certification,
        snapshot,
        metrics_api,
    ],
    asset_checks=[raw_contract_checks, mart_contract_checks],
    jobs=[refresh_district],
    schedules=[nightly_refresh],
    resources=resources(),
    # One process: on two cores it beats a process per step, and DuckDB has one writer.
    executor=dg.in_process_executor,
)
