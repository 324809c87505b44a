"""Composes ingestion, dbt, quality and publishing into one Dagster job, and holds the `stocktake` command."""

import os

# Read by dbt, dlt, Soda and OpenTelemetry when they are imported, which is after this package always.
# Districts' networks are closed and student data is private, so nothing reports home.
for _name, _value in {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "OTEL_SDK_DISABLED": "true",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "SODA_CORE_TELEMETRY_ENABLED": "false",
}.items():
    os.environ.setdefault(_name, _value)
