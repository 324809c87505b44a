"""The table of matches that validation shows in Dagster."""

import dagster as dg
import duckdb

from orchestration.defs.verify.match_table import match_table

MART = """
create schema marts;
create table marts.mart_source_match (
    source_table varchar, match_to varchar, rows_total bigint, rows_matched bigint, rows_unmatched bigint,
    rows_ambiguous bigint, keys_unmatched bigint, keys_ambiguous bigint, warn_percent decimal(5, 2),
    fatal_percent decimal(5, 2), match_state varchar);
"""


def test_each_source_is_a_row_with_its_thresholds() -> None:
    with duckdb.connect() as connection:
        connection.execute(MART)
        assert match_table(connection).records == []
        connection.execute(
            "insert into marts.mart_source_match values "
            "('b', 'student', 100, 89, 11, 3, 9, 2, 2, 10, 'held'), "
            "('a', 'school', 5, 0, 5, 0, 1, 0, null, null, 'not_judged')"
        )
        table = match_table(connection)
    first, second = [record.data for record in table.records]
    assert (first["source_table"], first["warn_percent"], first["match_state"]) == ("a", None, "not_judged")
    assert (second["rows_unmatched"], second["rows_ambiguous"], second["fatal_percent"]) == (11, 3, 10.0)
    assert {column.name for column in table.schema.columns} == set(first)
    assert isinstance(table, dg.TableMetadataValue)
