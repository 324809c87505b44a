"""What assets share, named once: keys, owner, freshness. It is the vocabulary of the lineage graph."""

from datetime import timedelta

from dagster import AssetKey, FreshnessPolicy

TEAM = "team:data-engineering"
"""Owner of every asset that no other team owns."""

EVERY_NIGHT = FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
"""Of a table that the nightly run renews: one missed night warns, two fail."""

REJECTED_ROWS = AssetKey(["quarantine", "rejected_rows"])
RULE_RESULTS = AssetKey(["quarantine", "rule_results"])
VALIDATION = AssetKey(["gates", "validation"])
SNAPSHOT = AssetKey(["serving", "snapshot"])
SCORECARDS = AssetKey(["serving", "scorecards"])
METRICS_API = AssetKey(["api", "metrics_api"])


def source_key(system: str, entity: str) -> AssetKey:
    """A delivered entity, as the district's system sends it."""
    return AssetKey(["source", system, entity])


def raw_key(table: str) -> AssetKey:
    """A landed table of schema `raw`."""
    return AssetKey(["raw", table])


def marts_key(table: str) -> AssetKey:
    """A published mart."""
    return AssetKey(["marts", table])
