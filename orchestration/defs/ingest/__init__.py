"""Sources and raw tables."""
