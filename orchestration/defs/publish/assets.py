"""The published snapshot, and the metrics API that serves it."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.asset_keys import METRICS_API, SNAPSHOT, TEAM, VALIDATION
from orchestration.dbt_manifest import dbt_project
from orchestration.defs.ingest.assets import current_district
from orchestration.defs.verify.gates import assert_gates_open
from orchestration.defs.verify.mart_contracts import PUBLISHED_MARTS, mart_contract_checks
from orchestration.resources import Warehouse
from orchestration.settings import serving_dir
from quality.reconciliation import reconcile, source_freshness
from quality.registry import METRIC_IDS
from quality.rule_evaluation import latest_results
from quality.settings import QualitySettings
from quality.snapshots import DistrictInfo, publish_snapshot
from quality.validation import validate


@dg.asset(
    key=SNAPSHOT,
    deps=[VALIDATION, *PUBLISHED_MARTS],
    description="An immutable copy of the marts; the pointer to it moves in one step.",
    group_name="serving",
    owners=[TEAM],
    kinds={"duckdb", "parquet"},
    tags={"layer": "serving"},
)
def snapshot(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Publish the metrics that are validated; held ones go on being served from their last snapshot."""
    assert_gates_open(context, [mart_contract_checks])
    district = current_district().district
    now = datetime.now(UTC)
    with warehouse.connect() as connection:
        published = publish_snapshot(
            connection,
            serving_dir=serving_dir(),
            validations=validate(METRIC_IDS, latest_results(connection)),
            semantic_manifest=dbt_project().manifest_path.with_name("semantic_manifest.json"),
            run_id=context.run_id,
            now=now,
            district=DistrictInfo(id=district.id, name=district.name, timezone=district.timezone),
            freshness=source_freshness(connection, now.date()),
            balances=reconcile(connection),
            snapshots_kept=QualitySettings().snapshots_kept,
        )
    return dg.MaterializeResult(
        metadata={
            "outcome": published.outcome,
            "snapshot_id": published.snapshot_id or "none",
            "held": dg.MetadataValue.text("; ".join(r.title for r in published.reasons) or "nothing"),
        }
    )


metrics_api = dg.AssetSpec(
    METRICS_API,
    deps=[SNAPSHOT],
    description="The metrics API and BI tools follow the snapshot pointer; start it with `stocktake serve`.",
    group_name="serving",
    owners=[TEAM],
    kinds={"fastapi"},
    tags={"layer": "serving"},
)
