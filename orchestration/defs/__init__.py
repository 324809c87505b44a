"""Dagster definitions in the order in which data flows: ingest, transform, verify, publish."""
