"""Text as it stands in SQL."""

from pathlib import Path


def sql_string(text: str | Path) -> str:
    """The text, or a path's, as a SQL string with its quotes."""
    return "'" + str(text).replace("'", "''") + "'"
