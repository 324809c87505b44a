"""The one entry of the code location: the platform's table of contents, in the order in which data flows."""

import dagster as dg

from orchestration.defs.ingest.assets import landing_records, raw_assets, source_assets
from orchestration.defs.jobs import (
    nightly_refresh,
    refresh_district,
    replay_quarantine,
    weekly_scorecards,
    write_scorecards,
)
from orchestration.defs.publish.assets import metrics_api, snapshot
from orchestration.defs.transform.assets import dbt_models
from orchestration.defs.verify.mart_contracts import mart_contract_checks
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.defs.verify.rules import quarantine_rows
from orchestration.defs.verify.scorecards import scorecards
from orchestration.defs.verify.sensors import quality_alerts
from orchestration.defs.verify.validation import validation
from orchestration.resources import resources

defs = dg.Definitions(
    assets=[
        *source_assets,
        *landing_records,
        *raw_assets,
        quarantine_rows,
        dbt_models,
        validation,
        snapshot,
        metrics_api,
        scorecards,
    ],
    asset_checks=[raw_contract_checks, mart_contract_checks],
    jobs=[refresh_district, replay_quarantine, write_scorecards],
    schedules=[nightly_refresh, weekly_scorecards],
    sensors=[quality_alerts],
    resources=resources(),
    # One process: on two cores it beats a process per step, and DuckDB has one writer.
    executor=dg.in_process_executor,
)
