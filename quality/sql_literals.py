"""Text and names as they stand in SQL."""

from pathlib import Path


def sql_string(text: str | Path) -> str:
    """The text, or a path's, as a SQL string with its quotes."""
    return "'" + str(text).replace("'", "''") + "'"


def sql_identifier(name: str) -> str:
    """The name of a schema, table, column or function with its quotes."""
    return '"' + name.replace('"', '""') + '"'
