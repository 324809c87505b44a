"""Copies the SQL functions of a schema of the warehouse into another database.

Marts are computed with functions that dbt creates, such as those of schema `statistics`. A snapshot carries the same
ones, read back from the warehouse, so that its readers compute as the marts do. Functions that call one another
do not survive this: in a database that is attached, such a call would look in the reader's own database.
"""

import duckdb

from quality.sql_literals import sql_identifier


def copy_functions(connection: duckdb.DuckDBPyConnection, schema: str, database: str) -> tuple[str, ...]:
    """Create the functions of `schema` of the current database in the same schema of an attached one.

    Args:
        schema: schema that need not exist; without functions, nothing is created.
        database: name under which the other database is attached.

    Returns:
        Names of the functions, in alphabetical order.
    """
    functions = connection.execute(
        """
        select function_name, parameters, function_type = 'table_macro', macro_definition
        from duckdb_functions()
        where database_name = current_database() and schema_name = $schema and macro_definition is not null
        order by function_name
        """,
        {"schema": schema},
    ).fetchall()
    if functions:
        connection.execute(f"create schema if not exists {sql_identifier(database)}.{sql_identifier(schema)}")
    for name, parameters, is_table, definition in functions:
        connection.execute(
            f"create macro {sql_identifier(database)}.{sql_identifier(schema)}.{sql_identifier(name)}"
            f"({', '.join(map(sql_identifier, parameters))}) as {'table ' if is_table else ''}{definition}"
        )
    return tuple(name for name, *_ in functions)
