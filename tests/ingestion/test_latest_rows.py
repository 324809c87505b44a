"""Keys as merge scopes: of the rows that are kept and of those that pass through."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.latest_rows import key_scope, latest_by_key
from ingestion.layout import raw_schema
from ingestion.mapping import Column, Entity

ENTITY = Entity(description="rows", columns={"a": Column(), "b": Column(), "value": Column()}, primary_key=("a", "b"))
PARTS = st.one_of(st.none(), st.text(alphabet="xyß ", max_size=2))
BLOCKS = st.lists(st.lists(st.tuples(PARTS, PARTS), max_size=5), max_size=4)


def tables(blocks: list[list[tuple[str | None, str | None]]]) -> list[pa.Table]:
    """Blocks in the raw schema; `value` numbers the rows through all of them."""
    number = 0
    found = []
    for block in blocks:
        rows = []
        for a, b in block:
            rows.append({"a": a, "b": b, "value": str(number)})
            number += 1
        found.append(pa.Table.from_pylist(rows, schema=raw_schema(ENTITY)))
    return found


@settings(deadline=None, max_examples=30)
@given(BLOCKS)
def test_the_last_row_of_each_key_is_kept_under_the_scope_that_any_row_of_it_has(
    blocks: list[list[tuple[str | None, str | None]]],
) -> None:
    every = [row for table in tables(blocks) for row in key_scope(table, ENTITY).to_pylist()]
    last = {row["_delivery_scope"]: row for row in every}
    kept = [row for table in latest_by_key(tables(blocks), ENTITY) for row in table.to_pylist()]
    assert sorted(kept, key=lambda row: int(row["value"])) == sorted(last.values(), key=lambda row: int(row["value"]))
    assert len(last) == len({(row["a"] or "", row["b"] or "") for row in every})
