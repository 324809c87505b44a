"""Writes dates of a declared format as ISO dates, and leaves alone what is not in it."""

import duckdb
import pyarrow as pa


def iso_dates(values: pa.ChunkedArray, formats: tuple[str, ...], *, with_time: bool) -> tuple[pa.ChunkedArray, int]:
    """Rewrite a column of dates.

    Args:
        values: n texts.
        formats: in strptime's notation, tried in turn. A date that does not exist fits none.
        with_time: keep the time of day.

    Returns:
        n texts, YYYY-MM-DD or YYYY-MM-DD HH:MM:SS; a value that fits no format stays as delivered, so that a rule
        can quarantine it. And the number of those.
    """
    written = "'%Y-%m-%d %H:%M:%S'" if with_time else "'%Y-%m-%d'"
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("delivered", pa.table({"value": values}))
        # Arrow's own strptime would let 30 February pass.
        result = connection.execute(
            f"""
            select coalesce(strftime(parsed, {written}), value) as value,
                value is not null and parsed is null as is_other
            from (select value, try_strptime(trim(value), $formats) as parsed from delivered)
            """,
            {"formats": list(formats)},
        ).to_arrow_table()
    others = result.column("is_other").combine_chunks()
    return result.column("value").cast(pa.string()), int(others.true_count) if len(others) else 0
