"""The snapshot and what reads it."""
