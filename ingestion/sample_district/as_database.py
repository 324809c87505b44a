"""Writes the sample district's roster and staff into a relational database, as a SIS or HR system keeps them.

The tables are those of `sources/sis_database/mapping.yml`. A database has what the files do not: numbers of its own for
people and schools, one row per key, typed columns. So what was planted as dirty in the files and cannot stand in typed
columns is left empty here, as a database would have refused it.
"""

from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ingestion.sample_district import layouts

ROWS_PER_INSERT = 20_000

_METADATA = sa.MetaData()
# SQLite keeps no exact decimals, so there they stand as text.
_SHARE = sa.Numeric(3, 1).with_variant(sa.String(), "sqlite")


_MOMENT = sa.DateTime().with_variant(sqlite.DATETIME(truncate_microseconds=True), "sqlite")  # type: ignore[no-untyped-call]


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    changed = sa.Column("updated_at", _MOMENT, nullable=False, index=True)
    return sa.Table(name, _METADATA, *columns, sa.Column("is_deleted", sa.Boolean(), nullable=False), changed)


def _number(name: str, *, is_key: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), primary_key=is_key, autoincrement=False)


def _typed(kind: sa.types.TypeEngine[Any], *names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, kind) for name in names]


TABLES = (
    _table(
        "schools",
        _number("school_id", is_key=True),
        *_typed(sa.String(), "school_number", "school_name", "highest_grade"),
    ),
    _table(
        "students",
        _number("student_id", is_key=True),
        *_typed(sa.String(), "student_number", "state_student_id", "first_name", "last_name", "grade_level"),
    ),
    _table(
        "student_demographics",
        _number("student_id", is_key=True),
        *_typed(sa.Date(), "birth_date"),
        *_typed(sa.String(), "gender"),
        *_typed(
            sa.Boolean(),
            "hispanic_latino",
            "american_indian_alaska_native",
            "asian",
            "black_african_american",
            "middle_eastern_north_african",
            "native_hawaiian_pacific_islander",
            "white",
            "two_or_more_races",
        ),
    ),
    _table(
        "enrollments",
        _number("enrollment_id", is_key=True),
        _number("student_id"),
        _number("school_id"),
        _number("school_year"),
        *_typed(sa.String(), "grade_level"),
        *_typed(sa.Date(), "entry_date", "exit_date"),
    ),
    _table(
        "staff_members",
        _number("staff_id", is_key=True),
        *_typed(sa.String(), "staff_number", "first_name", "last_name", "position"),
        *_typed(sa.Date(), "hire_date", "termination_date"),
        *_typed(sa.String(), "highest_degree", "certification"),
        _number("years_experience_at_hire"),
        sa.Column("fte", _SHARE),
    ),
    _table(
        "staff_assignments",
        _number("assignment_id", is_key=True),
        _number("staff_id"),
        _number("school_id"),
        _number("school_year"),
        *_typed(sa.String(), "job_title"),
        sa.Column("fte", _SHARE),
        *_typed(sa.Date(), "begin_date", "end_date"),
    ),
)
"""The tables in the order in which they are filled."""

_NUMBERED = {
    "person": f"""
        select "sourcedId" from delivered('{layouts.USERS}')
        union select "userSourcedId" from delivered('{layouts.ENROLLMENTS}')
        union select "sourcedId" from delivered('{layouts.DEMOGRAPHICS}')
    """,
    "school": f"""
        select "sourcedId" from delivered('{layouts.ORGS}') where type = 'school'
        union select "schoolSourcedId" from delivered('{layouts.ENROLLMENTS}')
    """,
    "staff": f"""
        select staff_id from delivered('{layouts.STAFF}')
        union select staff_id from delivered('{layouts.ASSIGNMENTS}')
    """,
}
"""Sets of ids that the database numbers: also those that a record names and no record carries."""

_ROWS = {
    "schools": f"""
        with homerooms as (
            select "schoolSourcedId", arg_max(grades, case grades when 'PK' then -1 when 'KG' then 0
                else try_cast(grades as integer) end) as highest_grade
            from delivered('{layouts.CLASSES}') where "classType" = 'homeroom' group by all)
        select s.number as school_id, o.identifier as school_number, o.name as school_name, h.highest_grade,
            timestamp '2025-07-01 06:00:00' as updated_at
        from delivered('{layouts.ORGS}') as o
        inner join school_numbers as s on s.id = o."sourcedId"
        left join homerooms as h on h."schoolSourcedId" = o."sourcedId"
    """,
    "students": f"""
        select p.number as student_id, u.identifier as student_number,
            nullif(regexp_extract(u."userIds", '\\{{StateID:([^}}]*)\\}}', 1), '') as state_student_id,
            u."givenName" as first_name, u."familyName" as last_name, u.grades as grade_level,
            timestamp '2025-07-01 06:00:00' + to_minutes(p.number) as updated_at
        from delivered('{layouts.USERS}') as u
        inner join person_numbers as p on p.id = u."sourcedId"
        anti join (select * from delivered('{layouts.ROLES}') where role <> 'student') as r
            on r."userSourcedId" = u."sourcedId"
    """,
    "student_demographics": f"""
        select p.number as student_id, try_cast(d."birthDate" as date) as birth_date, d.sex as gender,
            try_cast(d."hispanicOrLatinoEthnicity" as boolean) as hispanic_latino,
            try_cast(d."americanIndianOrAlaskaNative" as boolean) as american_indian_alaska_native,
            try_cast(d.asian as boolean) as asian,
            try_cast(d."blackOrAfricanAmerican" as boolean) as black_african_american,
            try_cast(d."metadata.middleEasternOrNorthAfrican" as boolean) as middle_eastern_north_african,
            try_cast(d."nativeHawaiianOrOtherPacificIslander" as boolean) as native_hawaiian_pacific_islander,
            try_cast(d.white as boolean) as white,
            try_cast(d."demographicRaceTwoOrMoreRaces" as boolean) as two_or_more_races,
            timestamp '2025-07-01 06:00:00' + to_minutes(p.number) as updated_at
        from delivered('{layouts.DEMOGRAPHICS}') as d
        inner join person_numbers as p on p.id = d."sourcedId"
    """,
    # The files' end dates are exclusive, the database's inclusive.
    "enrollments": f"""
        select row_number() over (order by e."sourcedId") as enrollment_id, p.number as student_id,
            s.number as school_id, year(e.entry_date) + (month(e.entry_date) >= 7)::integer as school_year,
            e.grades as grade_level, e.entry_date, e.exit_date,
            coalesce(e.entry_date, date '2025-07-01') + time '06:00:00' as updated_at
        from (
            select e.*, c.grades, try_cast(e."beginDate" as date) as entry_date,
                try_cast(e."endDate" as date) - 1 as exit_date
            from delivered('{layouts.ENROLLMENTS}') as e
            inner join delivered('{layouts.CLASSES}') as c on c."sourcedId" = e."classSourcedId"
            where e.role = 'student' and c."classType" = 'homeroom'
            qualify row_number() over (partition by e."sourcedId" order by e."beginDate") = 1
        ) as e
        left join person_numbers as p on p.id = e."userSourcedId"
        left join school_numbers as s on s.id = e."schoolSourcedId"
    """,
    "staff_members": f"""
        select n.number as staff_id, s.staff_id as staff_number, s.first_name, s.last_name, s.position,
            try_cast(s.hire_date as date) as hire_date, try_cast(s.termination_date as date) as termination_date,
            s.highest_degree, s.certification,
            try_cast(s.years_experience_at_hire as integer) as years_experience_at_hire, s.fte,
            try_cast(s.hire_date as date) + time '06:00:00' as updated_at
        from delivered('{layouts.STAFF}') as s
        inner join staff_numbers as n on n.id = s.staff_id
    """,
    "staff_assignments": f"""
        select row_number() over (order by a.assignment_id) as assignment_id, n.number as staff_id,
            s.number as school_id, try_cast(a.school_year as integer) as school_year, a.job_title, a.fte,
            try_cast(a.begin_date as date) as begin_date, try_cast(a.end_date as date) as end_date,
            try_cast(a.begin_date as date) + time '06:00:00' as updated_at
        from delivered('{layouts.ASSIGNMENTS}') as a
        left join staff_numbers as n on n.id = a.staff_id
        left join delivered('{layouts.ORGS}') as o on o.identifier = a.school_id and o.type = 'school'
        left join school_numbers as s on s.id = o."sourcedId"
    """,
}


def write_sqlite(delivered: Path, file: Path) -> dict[str, int]:
    """Write the roster into a SQLite file, which is there whole or not at all.

    Args:
        delivered: folder of a generated sample district.
        file: replaced when it exists.

    Returns:
        Rows per table.
    """
    building = file.with_name(f".{file.name}-being-written")
    building.unlink(missing_ok=True)
    rows = write_database(delivered, sa.URL.create("sqlite", database=str(building)))
    building.replace(file)
    return rows


def write_database(delivered: Path, url: sa.URL) -> dict[str, int]:
    """Write the roster into a database, in one transaction; its tables of these names are replaced.

    Args:
        delivered: folder of a generated sample district.
        url: of a database in which the user may create tables.

    Returns:
        Rows per table.
    """
    engine = sa.create_engine(url, hide_parameters=True)
    written: dict[str, int] = {}
    try:
        with duckdb.connect() as source, engine.begin() as target:
            _prepare(source, delivered)
            _METADATA.drop_all(target)
            _METADATA.create_all(target)
            for table in TABLES:
                written[table.name] = _fill(source, target, table)
    finally:
        engine.dispose()
    return written


def _prepare(source: duckdb.DuckDBPyConnection, delivered: Path) -> None:
    folder = str(delivered).replace("'", "''")
    source.execute(
        "create temp macro delivered(file) as table select * from "
        f"read_csv('{folder}/' || file, all_varchar = true, header = true, null_padding = true, ignore_errors = true)"
    )
    for kind, ids in _NUMBERED.items():
        source.execute(
            f"create temp table {kind}_numbers as select id, row_number() over (order by id) as number "
            f"from ({ids}) as ids(id) where id is not null"
        )


def _fill(source: duckdb.DuckDBPyConnection, target: sa.Connection, table: sa.Table) -> int:
    (key,) = [column.name for column in table.primary_key]
    # The key is the first column, so this keeps one row of it, always the same.
    chosen = f"select distinct on ({key}) * from ({_ROWS[table.name]}) order by all"
    rows = 0
    for batch in source.execute(chosen).to_arrow_reader(ROWS_PER_INSERT):
        target.execute(sa.insert(table).values(is_deleted=False), batch.to_pylist())
        rows += batch.num_rows
    return rows
