"""Turns pages of a OneRoster REST service into the columns of the CSV files, in DuckDB: no row becomes a Python object.

A reference becomes its `sourcedId`, a list becomes comma separated text, a person's roles become rows of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from ingestion.errors import ApiError
from ingestion.layout import raw_schema
from ingestion.mapping import Entity


@dataclass(frozen=True)
class Collection:
    """Where the rows of an entity come from.

    Attributes:
        path: of the collection, which also names the list in the answer.
        values: column -> path within a record; `[*]` makes a list. Columns that are left out are null.
        per_role: a row is one role of a record, and its paths start at the role.
    """

    path: str
    values: Mapping[str, str]
    per_role: bool = False

    @property
    def fields(self) -> str:
        """The fields that are asked for; contact data is never even sent."""
        if self.per_role:
            return "sourcedId,status,dateLastModified,roles"
        return ",".join(dict.fromkeys(path.split(".")[0].removesuffix("[*]") for path in self.values.values()))


_TRACKED = {"sourced_id": "sourcedId", "status": "status", "date_last_modified": "dateLastModified"}
_USER_IDS = "userIds[*]"

COLLECTIONS: Mapping[str, Collection] = {
    "orgs": Collection(
        "orgs",
        {
            **_TRACKED,
            "name": "name",
            "type": "type",
            "identifier": "identifier",
            "parent_sourced_id": "parent.sourcedId",
        },
    ),
    "academic_sessions": Collection(
        "academicSessions",
        {
            **_TRACKED,
            "title": "title",
            "type": "type",
            "start_date": "startDate",
            "end_date": "endDate",
            "parent_sourced_id": "parent.sourcedId",
            "school_year": "schoolYear",
        },
    ),
    "users": Collection(
        "users",
        {
            **_TRACKED,
            "enabled_user": "enabledUser",
            "user_ids": _USER_IDS,
            "given_name": "givenName",
            "family_name": "familyName",
            "identifier": "identifier",
            "grades": "grades[*]",
            "primary_org_sourced_id": "primaryOrg.sourcedId",
        },
    ),
    "roles": Collection(
        "users",
        {
            "role_type": "roleType",
            "role": "role",
            "begin_date": "beginDate",
            "end_date": "endDate",
            "org_sourced_id": "org.sourcedId",
        },
        per_role=True,
    ),
    "courses": Collection(
        "courses",
        {
            **_TRACKED,
            "school_year_sourced_id": "schoolYear.sourcedId",
            "title": "title",
            "course_code": "courseCode",
            "grades": "grades[*]",
            "org_sourced_id": "org.sourcedId",
            "subjects": "subjects[*]",
        },
    ),
    "classes": Collection(
        "classes",
        {
            **_TRACKED,
            "title": "title",
            "grades": "grades[*]",
            "course_sourced_id": "course.sourcedId",
            "class_code": "classCode",
            "class_type": "classType",
            "school_sourced_id": "school.sourcedId",
            "term_sourced_ids": "terms[*].sourcedId",
            "subjects": "subjects[*]",
        },
    ),
    "enrollments": Collection(
        "enrollments",
        {
            **_TRACKED,
            "class_sourced_id": "class.sourcedId",
            "school_sourced_id": "school.sourcedId",
            "user_sourced_id": "user.sourcedId",
            "role": "role",
            "is_primary": "primary",
            "begin_date": "beginDate",
            "end_date": "endDate",
        },
    ),
    "demographics": Collection(
        "demographics",
        {
            **_TRACKED,
            "birth_date": "birthDate",
            "sex": "sex",
            "american_indian_or_alaska_native": "americanIndianOrAlaskaNative",
            "asian": "asian",
            "black_or_african_american": "blackOrAfricanAmerican",
            "native_hawaiian_or_other_pacific_islander": "nativeHawaiianOrOtherPacificIslander",
            "white": "white",
            "demographic_race_two_or_more_races": "demographicRaceTwoOrMoreRaces",
            "hispanic_or_latino_ethnicity": "hispanicOrLatinoEthnicity",
            "middle_eastern_or_north_african": "metadata.middleEasternOrNorthAfrican",
        },
    ),
}


@dataclass(frozen=True)
class Origin:
    """What all rows of a reading have in common."""

    source_file: str
    delivered_on: date
    loaded_at: datetime


@dataclass(frozen=True)
class Page:
    """Rows of one page.

    Attributes:
        records: `sourcedId` of every record in the page, in order.
        rows: Arrow table in the raw schema; one row per record, or per role; numbered within the page, from 1.
        owners: position in `records` of each row.
        newest: latest change among the records; None when no record is dated.
    """

    records: pa.ChunkedArray
    rows: pa.Table
    owners: pa.ChunkedArray
    newest: datetime | None


class PageReader:
    """Reads pages of one entity."""

    def __init__(self, system: str, name: str, entity: Entity, origin: Origin) -> None:
        self._system = system
        self._collection = COLLECTIONS[name]
        self._entity = entity
        self._origin = origin
        self._json = duckdb.connect(config={"threads": 1})

    def read(self, body: str, what: str) -> Page:
        """Turn one page into rows.

        Args:
            body: the answer's JSON.
            what: the page in words, for messages.

        Raises:
            ApiError: the answer does not have the list, or a record has no `sourcedId`.
        """
        collection = self._collection
        try:
            self._json.execute(
                f"""
                create or replace temp table record as
                select unnest(json_extract(page, '$.{collection.path}[*]')) as record,
                    generate_subscripts(json_extract(page, '$.{collection.path}[*]'), 1) as position
                from (select $1::json as page)
                where json_type(page, '$.{collection.path}') = 'ARRAY'
                """,
                [body],
            )
            has_list = self._one("select json_type($1::json, $2) = 'ARRAY'", [body, f"$.{collection.path}"])
            if not has_list:
                raise ApiError(
                    f"{self._system}: {what}: the answer has no list `{collection.path}`. Check base_url; it must "
                    "lead to a OneRoster 1.2 rostering service."
                )
            records = self._json.execute(
                "select json_extract_string(record, '$.sourcedId') as id from record order by position"
            ).to_arrow_table()
            newest = self._one(
                "select epoch_us(max(try_cast(json_extract_string(record, '$.dateLastModified') as timestamptz))) "
                "from record",
                [],
            )
            rows = self._json.execute(self._select()).to_arrow_table()
        except duckdb.Error as error:
            # DuckDB's message may quote a record.
            raise ApiError(
                f"{self._system}: {what}: the records are not as the standard has them ({type(error).__name__}). "
                "Check the server's version and its own log."
            ) from None
        without_id = records.column("id").null_count
        if without_id:
            raise ApiError(
                f"{self._system}: {what}: {without_id} of {records.num_rows} records have no sourcedId. "
                "Check the server's version and its own log."
            )
        owners = rows.column("position")
        return Page(
            records.column("id"),
            rows.select(raw_schema(self._entity).names).cast(raw_schema(self._entity)),
            owners,
            datetime.fromtimestamp(newest / 1e6, UTC) if isinstance(newest, int) else None,
        )

    def _one(self, sql: str, values: list[str]) -> object:
        row = self._json.execute(sql, values).fetchone()
        return row[0] if row else None

    def _select(self) -> str:
        origin = self._origin
        source = "record"
        values = {column: _value("record", path) for column, path in self._collection.values.items()}
        scope = "json_extract_string(record, '$.sourcedId')"
        if self._collection.per_role:
            # All roles of a person have one merge scope. Who has none any more keeps one tombstone in their place.
            source = """(
                select record, position, coalesce(role, '{"role": "none"}'::json) as role, role is null as is_tombstone
                from record left join lateral (
                    select unnest(json_extract(record, '$.roles[*]')) as role
                ) on true
            )"""
            values = {column: _value("role", path) for column, path in self._collection.values.items()}
            parts = [scope, *(f"coalesce({values[key]}, '')" for key in ("org_sourced_id", "role", "begin_date"))]
            values |= {
                "sourced_id": " || '|' || ".join(parts),
                "status": f"case when is_tombstone then 'tobedeleted' else {_value('record', 'status')} end",
                "date_last_modified": _value("record", "dateLastModified"),
                "user_sourced_id": scope,
            }
        columns = ", ".join(f'{values.get(column, "null::varchar")} as "{column}"' for column in self._entity.columns)
        return f"""
            select {columns}, null::varchar as _row_id, {_text(origin.source_file)} as _source_file,
                row_number() over (order by position) as _source_row, {scope} as _delivery_scope,
                date '{origin.delivered_on.isoformat()}' as _delivered_on,
                timestamptz '{origin.loaded_at.isoformat()}' as _loaded_at, position
            from {source} order by position
        """


def _value(source: str, path: str) -> str:
    if path == _USER_IDS:
        return (
            f"nullif(list_aggregate(list_transform(json_extract({source}, '$.userIds[*]'), lambda i: '{{' || "
            "coalesce(json_extract_string(i, '$.type'), '') || ':' || "
            "coalesce(json_extract_string(i, '$.identifier'), '') || '}'), 'string_agg', ','), '')"
        )
    if "[*]" in path:
        return f"nullif(array_to_string(json_extract_string({source}, '$.{path}'), ','), '')"
    return f"nullif(json_extract_string({source}, '$.{path}'), '')"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
