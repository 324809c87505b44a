"""How many rows of each mart differ between two attached databases."""

from dataclasses import dataclass

import duckdb

MAX_KEY_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class TableChange:
    """How the rows of one mart differ.

    Attributes:
        rows_before: None when the table is in the second database only; `rows_after` likewise.
        added: rows whose key is new; without a key, rows that are only in the second.
        changed: rows with the same key and other values in the columns that both have.
        key: the columns that rows are paired by; empty when no leading columns are unique in both.
    """

    table: str
    rows_before: int | None
    rows_after: int | None
    added: int
    removed: int
    changed: int
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything at all is not the same."""
        return bool(self.added or self.removed or self.changed or self.columns_added or self.columns_removed) or (
            self.rows_before is None
        ) != (self.rows_after is None)


def table_changes(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> tuple[TableChange, ...]:
    """Compare every table of schema marts of two attached databases, by name.

    Args:
        before: the name under which the first database is attached.
    """
    columns_before, columns_after = _columns(connection, before), _columns(connection, after)
    return tuple(
        _table_change(
            connection,
            table,
            f'{before}.marts."{table}"',
            f'{after}.marts."{table}"',
            columns_before.get(table),
            columns_after.get(table),
        )
        for table in sorted({*columns_before, *columns_after})
    )


def _table_change(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    before: str,
    after: str,
    columns_before: tuple[str, ...] | None,
    columns_after: tuple[str, ...] | None,
) -> TableChange:
    if columns_before is None or columns_after is None:
        rows = _number(connection, f"select count(*) from {after if columns_before is None else before}")
        if columns_before is None:
            return TableChange(table, None, rows, added=rows, removed=0, changed=0)
        return TableChange(table, rows, None, added=0, removed=rows, changed=0)
    rows_before, rows_after = (_number(connection, f"select count(*) from {one}") for one in (before, after))
    common = [column for column in columns_before if column in columns_after]
    key = _key(connection, before, after, common, rows_before, rows_after)
    added, removed, changed = (
        _paired(connection, before, after, common, key) if key else _unpaired(connection, before, after, common)
    )
    return TableChange(
        table,
        rows_before,
        rows_after,
        added,
        removed,
        changed,
        columns_added=tuple(column for column in columns_after if column not in columns_before),
        columns_removed=tuple(column for column in columns_before if column not in columns_after),
        key=key,
    )


def _key(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, common: list[str], rows_before: int, rows_after: int
) -> tuple[str, ...]:
    """The fewest leading columns that no two rows share in either table; marts begin with their key."""
    for count in range(1, min(MAX_KEY_COLUMNS, len(common)) + 1):
        columns = _list(common[:count])
        distinct = [
            _number(connection, f"select count(*) from (select distinct {columns} from {one})")
            for one in (before, after)
        ]
        if distinct == [rows_before, rows_after]:
            return tuple(common[:count])
    return ()


def _paired(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, common: list[str], key: tuple[str, ...]
) -> tuple[int, int, int]:
    on = " and ".join(f'b."{column}" is not distinct from a."{column}"' for column in key)
    # 64 bits per row decide whether it changed: two versions of one row that share them are not to be expected.
    hashed = f"hash({_list(common)}) as row_hash, true as is_there"
    ((added, removed, changed),) = connection.execute(
        f"""
        select count(*) filter (b.is_there is null), count(*) filter (a.is_there is null),
            count(*) filter (b.row_hash <> a.row_hash)
        from (select {_list(key)}, {hashed} from {before}) as b
        full outer join (select {_list(key)}, {hashed} from {after}) as a on {on}
        """
    ).fetchall()
    return int(added), int(removed), int(changed)


def _unpaired(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, common: list[str]
) -> tuple[int, int, int]:
    def only_in(one: str, other: str) -> int:
        columns = _list(common)
        return _number(
            connection,
            f"select count(*) from (select {columns} from {one} except all select {columns} from {other})",
        )

    return only_in(after, before), only_in(before, after), 0


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(
        "select table_name, list(column_name order by ordinal_position) from information_schema.columns "
        "where table_catalog = ? and table_schema = 'marts' group by table_name",
        [database],
    ).fetchall()
    return {str(table): tuple(columns) for table, columns in rows}


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _list(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
