"""The table in Dagster that shows where each source's rows went."""

import dagster as dg

from orchestration.defs.verify.balance import balance_table
from quality.reconciliation import Balance


def balance(table: str, *, landed: int, staged: int, quarantined: int, difference: int = 0) -> Balance:
    return Balance(
        source_table=table,
        file_rows=landed,
        superseded=0,
        unreadable=0,
        landed=landed,
        staged=staged,
        quarantined=quarantined,
        difference=difference,
    )


def test_each_delivered_source_is_a_line_and_an_imbalance_stands_first() -> None:
    table = balance_table(
        [
            balance("a__rows", landed=10, staged=8, quarantined=2),
            balance("b__rows", landed=5, staged=3, quarantined=0, difference=2),
            balance("c__rows", landed=0, staged=0, quarantined=0),
        ]
    )
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data["source_table"] for record in table.records] == ["b__rows", "a__rows"]
    assert table.records[1].data["landed"] == 10
    assert set(table.records[0].data) == {column.name for column in table.schema.columns} == set(Balance.model_fields)
