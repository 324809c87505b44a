"""When the district expects each of its feeds, as its district file says, kept beside what has landed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import duckdb
import pyarrow as pa
from pydantic import Field, model_validator

from ingestion.mapping import Strict

_COLUMNS: tuple[tuple[str, str, pa.DataType], ...] = (
    ("system", "varchar", pa.string()),
    ("entity", "varchar", pa.string()),
    ("every", "varchar", pa.string()),
    ("due_on", "varchar", pa.string()),
    ("due_at", "varchar", pa.string()),
    ("grace_days", "integer", pa.int32()),
    ("is_per_school", "boolean", pa.bool_()),
    ("noted_at", "timestamp", pa.timestamp("us")),
)


class Expectation(Strict):
    """When a source is expected.

    Attributes:
        every: how often. `school_day`: what happened on a school day is there on the next day. `week`, `month`, `year`:
            a delivery comes as often.
        by: time of the day, in the district's time zone.
        date: month and day, as "10-15", of a yearly delivery; one of the month before it is in time, too.
        grace_days: how much later is still in time; school days of a feed of every school day, calendar days of others.
        per_school: each school is expected for itself, so that one that stays away is seen among those that do not.
        entities: those that are meant; all that the source delivers when empty.
    """

    every: Literal["school_day", "week", "month", "year"]
    by: str = Field(default="06:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    date: str = Field(default="", pattern=r"^((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|)$")
    grace_days: int = Field(default=1, ge=0)
    per_school: bool = False
    entities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _yearly_on_a_day(self) -> "Expectation":
        if (self.every == "year") is not bool(self.date):
            raise ValueError(
                "`date` is the month and day of a yearly delivery, as date: '10-15', up to the 28th; give both"
            )
        return self


def create_expectations_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `raw._expectations` when absent; schema `raw` must be there."""
    body = ", ".join(f"{column} {sql_type}" for column, sql_type, _ in _COLUMNS)
    connection.execute(f"create table if not exists raw._expectations ({body})")


def note_expectations(
    connection: duckdb.DuckDBPyConnection,
    system: str,
    entities: Sequence[str],
    asked: Sequence[str],
    expected: Sequence[Expectation],
    noted_at: datetime,
) -> None:
    """Replace what is noted of a system's entities: one row for each that was asked for, expected or not.

    Args:
        entities: those whose rows are replaced.
        asked: those among them that the district file says are delivered.
        noted_at: local time of the district, without a zone; what is late is late by this moment.
    """
    of_all = next((one for one in expected if not one.entities), None)
    chosen = {name: one for one in expected for name in one.entities}
    rows: list[dict[str, object]] = []
    for entity in asked:
        one = chosen.get(entity, of_all)
        row: dict[str, object] = {"system": system, "entity": entity, "is_per_school": False, "noted_at": noted_at}
        if one is not None:
            row |= {"every": one.every, "due_on": one.date or None, "due_at": one.by, "grace_days": one.grace_days}
            row["is_per_school"] = one.per_school
        rows.append(row)
    connection.execute(
        "delete from raw._expectations where system = ? and list_contains(?, entity)", [system, entities]
    )
    if rows:
        batch = pa.Table.from_pylist(rows, schema=pa.schema([(name, kind) for name, _, kind in _COLUMNS]))
        connection.register("expectations_batch", batch)
        connection.execute("insert into raw._expectations select * from expectations_batch")
        connection.unregister("expectations_batch")
