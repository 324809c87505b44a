"""Columns of dbt's tables, and where each comes from."""

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.defs.transform.columns import column_lineage, column_metadata, reshaped_incremental_models

TABLES = {
    ("staging", "users"): {"user_id": "VARCHAR", "given_name": "VARCHAR", "family_name": "VARCHAR"},
    ("staging", "marks"): {"user_id": "VARCHAR", "points": "DECIMAL(9,2)", "weight": "INTEGER"},
}


def origins(lineage: dg.TableColumnLineage) -> dict[str, set[str]]:
    return {
        column: {f"{origin.asset_key.path[-1]}.{origin.column_name}" for origin in found}
        for column, found in lineage.deps_by_column.items()
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select user_id as student from db.staging.users", {"student": {"users.user_id"}}),
        (
            "with named as (select *, given_name || family_name as name from db.staging.users) select * from named",
            {
                "user_id": {"users.user_id"},
                "given_name": {"users.given_name"},
                "family_name": {"users.family_name"},
                "name": {"users.given_name", "users.family_name"},
            },
        ),
        (
            "select u.user_id, sum(m.points * m.weight) as total, 1 as one"
            " from staging.users as u left join staging.marks as m using (user_id) group by all",
            {"user_id": {"users.user_id"}, "total": {"marks.points", "marks.weight"}, "one": set()},
        ),
        (
            "select user_id from staging.users union all select user_id from staging.marks",
            {"user_id": {"users.user_id", "marks.user_id"}},
        ),
        (
            "select user_id, row_number() over (partition by user_id order by points) as place from staging.marks",
            {"user_id": {"marks.user_id"}, "place": {"marks.user_id", "marks.points"}},
        ),
        ("select user_id from staging.elsewhere", {"user_id": set()}),
    ],
)
def test_each_column_is_traced_to_the_columns_it_is_made_of(sql: str, expected: dict[str, set[str]]) -> None:
    assert origins(column_lineage(sql, TABLES)) == expected


def test_models_and_seeds_that_are_in_the_warehouse_are_described(tmp_path: Path) -> None:
    def node(kind: str, schema: str, name: str, reads: list[str]) -> dict[str, Any]:
        return {
            "resource_type": kind,
            "schema": schema,
            "name": name,
            "package_name": "stocktake",
            "original_file_path": f"models/{name}.sql",
            "depends_on": {"nodes": reads},
            "columns": {"student_key": {"description": "Who."}},
        }

    manifest = {
        "nodes": {
            "seed.s.codes": node("seed", "reference", "codes", []),
            "model.s.dim": node("model", "marts", "dim", ["source.s.users", "seed.s.codes"]),
            "model.s.not_built": node("model", "marts", "not_built", []),
            "test.s.a_test": node("test", "marts", "dim", []),
        },
        "sources": {"source.s.users": node("source", "raw", "users", [])},
    }
    (tmp_path / "stocktake/models").mkdir(parents=True)
    (tmp_path / "stocktake/models/dim.sql").write_text(
        "select id as student_key, code from raw.users inner join reference.codes on users.kind = codes.code"
    )
    with duckdb.connect() as connection:
        for statement in (
            "create schema raw",
            "create schema reference",
            "create schema marts",
            "create table raw.users (id varchar, kind varchar)",
            "create table reference.codes (code varchar)",
            "create table marts.dim (student_key varchar, code varchar)",
        ):
            connection.execute(statement)
        found = column_metadata(connection, manifest, tmp_path)
    assert set(found) == {"seed.s.codes", "model.s.dim"}
    assert found["seed.s.codes"] == {"dagster/column_schema": dg.TableSchema([dg.TableColumn("code", "VARCHAR")])}
    assert found["model.s.dim"]["dagster/column_schema"] == dg.TableSchema(
        [dg.TableColumn("student_key", "VARCHAR", description="Who."), dg.TableColumn("code", "VARCHAR")]
    )
    assert origins(found["model.s.dim"]["dagster/column_lineage"]) == {
        "student_key": {"users.id"},
        "code": {"codes.code"},
    }


@pytest.mark.parametrize(
    ("statement", "reshaped"),
    [
        ("create table marts.fct (student_key varchar, day date)", []),
        ("create table marts.fct (student_key varchar)", ["fct"]),
        ("create table marts.fct (student_key varchar, day date, gone boolean)", ["fct"]),
        ("create table marts.other (student_key varchar)", []),
    ],
)
def test_an_incremental_table_with_other_columns_is_built_as_a_whole(statement: str, reshaped: list[str]) -> None:
    def node(name: str, materialized: str) -> dict[str, Any]:
        columns: dict[str, Any] = {"student_key": {}, "day": {}}
        config = {"materialized": materialized}
        return {"resource_type": "model", "schema": "marts", "name": name, "columns": columns, "config": config}

    manifest = {"nodes": {"model.s.fct": node("fct", "incremental"), "model.s.other": node("other", "table")}}
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(statement)
        assert reshaped_incremental_models(connection, manifest) == reshaped
