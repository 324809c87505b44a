"""Training records of staff."""
