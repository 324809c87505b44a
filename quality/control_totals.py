"""Control totals of tables: what a source says that it has, held against what has landed.

A district's systems may send `control_files__table_totals` beside their data: rows, and a checksum of the keys, of a
file or a whole table. The page of that source says precisely what is counted.
"""

import duckdb

from quality.registry import source_tables

TOTALS_TABLE = "control_files__table_totals"

TABLE_TOLERANCE_PERCENT = 0.5
"""By how much a whole table may differ: a system may be in use between its extract and its count. A file may not."""

KEY_CHECKSUM = "sum(('0x' || left(md5(trim({column})), 8))::bigint) filter (where trim({column}) <> '')"
"""Sum over the rows of the first 8 hexadecimal digits of the MD5 of the key; rows without a key add nothing."""

_TOTALS = f"""
create or replace temp table rule_total as
select
    _row_id,
    rule_code(system) as system,
    rule_code(entity) as entity,
    rule_code(system) || '__' || rule_code(entity) as source_table,
    nullif(trim(file_name), '') as file_name,
    rule_date(extracted_on) as extracted_on,
    _delivered_on as counted_until,
    try_cast(trim(row_count) as bigint) as rows_expected,
    rule_code(key_column) as key_column,
    rule_code(key_checksum) as key_checksum,
    try_cast(trim(key_checksum) as hugeint) as checksum_expected
from raw.{TOTALS_TABLE}
qualify row_number() over (
    partition by rule_code(system), rule_code(entity), lower(trim(file_name))
    order by extracted_on desc nulls last, _delivered_on desc, _source_file desc, _source_row desc
) = 1;
"""

_LANDED = """
create or replace temp macro rule_is_file(file, file_name) as (
    file_name is null or lower(file) = lower(file_name) or ends_with(lower(file), '/' || lower(file_name))
);

create or replace temp table rule_landed_file as
select
    source_table,
    file,
    max(delivered_on) as delivered_on,
    max(file_rows) as lines,
    max(unreadable_rows) as unreadable,
    -- Lines that were replaced, could not be read, or stand in several parts of a wide file, cannot be summed up.
    count(*) = 1 and bool_and(landed_rows = file_rows) as is_whole
from (
    select *, system || '__' || entity as source_table, split_part(source_file, '|', 1) as file from raw._deliveries
    qualify loaded_at = max(loaded_at) over (partition by system, entity, split_part(source_file, '|', 1))
)
group by source_table, file;

create or replace temp table rule_landed_table (source_table varchar, landed bigint);
create or replace temp table rule_key_checksum (
    source_table varchar, key_column varchar, file varchar, checksum hugeint
);
"""

_COMPARED = f"""
create or replace temp table rule_control_total as
with found as (
    select
        t._row_id,
        max(f.delivered_on) as delivered_on,
        case
            when t.file_name is null then any_value(l.landed) + coalesce(sum(f.unreadable), 0)
            else coalesce(sum(f.lines), 0)
        end as rows_found,
        case
            when t.file_name is null then coalesce(sum(f.unreadable), 0) = 0
            else coalesce(bool_and(f.is_whole), false)
        end as is_whole
    from rule_total as t
    left join rule_landed_table as l on l.source_table = t.source_table
    left join rule_landed_file as f on f.source_table = t.source_table and rule_is_file(f.file, t.file_name)
    group by t._row_id, t.file_name
),
checksums as (
    select t._row_id, sum(c.checksum) as checksum_found
    from rule_total as t
    inner join rule_key_checksum as c
        on c.source_table = t.source_table and c.key_column = t.key_column and rule_is_file(c.file, t.file_name)
    group by t._row_id
),
judged as (
    select
        t.*,
        f.rows_found,
        c.checksum_found,
        case
            when l.source_table is null then 'no such table'
            when t.extracted_on is null then 'no date'
            when coalesce(t.rows_expected, -1) < 0 then 'no number of rows'
            when t.key_checksum is not null and (t.checksum_expected is null or k.column_name is null)
                then 'no such checksum or key column'
            when f.delivered_on > t.counted_until then 'older than the data'
        end as incomparable,
        case
            when t.file_name is not null then f.rows_found <> t.rows_expected
            else abs(f.rows_found - t.rows_expected) * 100 > {TABLE_TOLERANCE_PERCENT} * t.rows_expected
        end as has_other_rows,
        coalesce(f.is_whole and t.checksum_expected <> coalesce(c.checksum_found, 0), false) as has_other_keys
    from rule_total as t
    inner join found as f using (_row_id)
    left join checksums as c using (_row_id)
    left join rule_landed_table as l on l.source_table = t.source_table
    left join duckdb_columns() as k
        on k.schema_name = 'raw' and k.table_name = t.source_table and k.column_name = t.key_column
)
select
    *,
    incomparable is null and (has_other_rows or has_other_keys) as differs,
    coalesce(file_name, 'The table') || case
        when has_other_rows then ' has ' || rows_found || ' rows here and ' || rows_expected || ' at its source.'
        when has_other_keys then ' has as many rows as at its source, but other values of ' || key_column || '.'
    end as message
from judged;
"""


def compare_control_totals(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary table `rule_control_total`: each total, what has landed, and whether the two differ.

    Needs the macros of `rule_inputs`. Only tables that a total counts are read.
    """
    connection.execute(_TOTALS)
    connection.execute(_LANDED)
    known = source_tables()
    for (table,) in connection.execute("select distinct source_table from rule_total").fetchall():
        if table in known:
            connection.execute(f"insert into rule_landed_table select '{table}', count(*) from raw.{table}")
    keys = connection.execute(
        """
        select distinct t.source_table, t.key_column from rule_total as t
        inner join duckdb_columns() as c
            on c.schema_name = 'raw' and c.table_name = t.source_table and c.column_name = t.key_column
        where t.checksum_expected is not null
        """
    ).fetchall()
    for table, column in keys:
        if table in known:
            checksum = KEY_CHECKSUM.format(column=f'"{column}"')
            connection.execute(
                f"insert into rule_key_checksum select ?, ?, split_part(_source_file, '|', 1), {checksum} "
                f"from raw.{table} group by all",
                [table, column],
            )
    connection.execute(_COMPARED)
