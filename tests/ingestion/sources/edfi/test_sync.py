"""Landing an API with dlt into a real DuckDB file: windows, merges, deletes, what is remembered, what is recorded."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ingestion.errors import ApiError
from ingestion.mapping import load_system
from ingestion.sources.edfi.change_window import Remembered, plan
from ingestion.sources.edfi.connection import EdfiConnection
from ingestion.sources.edfi.discovery import ChangeVersions
from tests.ingestion.sources.edfi.conftest import EdfiDistrict, causes
from tests.ingestion.sources.edfi.small_server import Fault, SmallServer

BALANCE = """
    select entity, sum(file_rows - superseded_rows - unreadable_rows), sum(landed_rows) from (
        select * from raw._deliveries
        qualify row_number() over (partition by entity, source_file order by loaded_at desc) = 1
    ) group by entity order by entity
"""
TODAY = date(2026, 3, 2)


def put(server: SmallServer, number: int, first_name: str = "A") -> str:
    return server.put("students", (str(number),), student(number, first_name))


def student(number: int, first_name: str = "A") -> dict[str, Any]:
    return {"studentUniqueId": str(number), "firstName": first_name, "lastSurname": "B", "birthDate": "2010-01-01"}


def landed(district: EdfiDistrict) -> list[tuple[Any, ...]]:
    return district.rows("select student_unique_id, first_name, _row_id from raw.edfi__students order by 1")


def expected(server: SmallServer) -> list[tuple[str, str, str]]:
    return sorted((row.key[0], row.body["firstName"], f"students/{row.id}") for row in server.rows["students"])


def test_a_day_of_changes(server: SmallServer, district_of: Callable[..., EdfiDistrict]) -> None:
    for number in range(7):
        put(server, number)
    district = district_of(server, "students", page_size=3, overlap=2)
    district.land()
    assert landed(district) == expected(server)
    first = server.version

    gone, replaced = server.rows["students"][0].id, server.rows["students"][2].id
    server.delete("students", ("0",))
    put(server, 1, "changed")
    server.delete("students", ("2",))
    put(server, 2, "under a new id")
    server.change_key("students", ("3",), ("33",), student(33))
    server.asked.clear()
    district.land()

    assert landed(district) == expected(server)
    assert replaced not in str(landed(district)), "Ed-Fi hides this deletion, because the key is back"
    assert district.rows("select resource, lower(replace(id, '-', '')) from raw.edfi__deletes") == [("students", gone)]
    assert district.rows("select old_key_values, new_key_values from raw.edfi__key_changes") == [
        ('{"key":["3"]}', '{"key":["33"]}')
    ]
    window = {"minChangeVersion": str(first + 1 - 2), "maxChangeVersion": str(server.version)}
    in_window = [
        (request.path.rpartition("/ed-fi/")[2], request.params.get("offset"))
        for request in server.asked
        if window.items() <= request.params.items()
    ]
    assert [path for path, _ in in_window if _ is None] == ["students/keyChanges", "students", "students/deletes"]
    assert server.paths().count("/api/changeQueries/v1/availableChangeVersions") == 1

    assert district.rows("select distinct _source_file from raw.edfi__students order by 1") == [
        (f"students@0-{first}",),
        (f"students@{first - 1}-{server.version}",),
    ]
    for entity, delivered, in_raw in district.rows(BALANCE):
        assert delivered == in_raw == district.rows(f"select count(*) from raw.edfi__{entity}")[0][0], entity
    assert district.rows("select count(*) from raw.edfi__students where _is_deleted") == [(0,)]
    assert district.rows(
        "select reading, total_before, total_after, total_in_window, rows_read, deletes_read, key_changes_read "
        "from raw.edfi__resource_counts where resource = 'students'"
    ) == [("changes", "6", "6", "6", "5", "1", "1")]


def test_a_failed_load_forgets_nothing(server: SmallServer, district_of: Callable[..., EdfiDistrict]) -> None:
    put(server, 1)
    district = district_of(server, "students", "schools", overlap=0)
    district.land()
    put(server, 2)
    server.faults += [Fault("/students/deletes", lambda handler: handler.send_json({}, 500)) for _ in range(3)]
    with pytest.raises(Exception) as raised:
        district.land()
    (cause,) = [error for error in causes(raised.value) if isinstance(error, ApiError)]
    assert "students/deletes" in str(cause)
    assert landed(district) == [row for row in expected(server) if row[0] == "1"]
    district.land()
    assert landed(district) == expected(server)


def test_a_row_that_is_back_under_its_id_survives_its_deletion(
    server: SmallServer, district_of: Callable[..., EdfiDistrict]
) -> None:
    """Some servers do report the deletion of a row that is back; then the row counts and not the report."""
    put(server, 1)
    district = district_of(server, "students")
    district.land()
    row = server.rows["students"][0]
    server.delete("students", row.key)
    row.version = server._next()
    row.body = student(1, "back")
    server.rows["students"].append(row)
    server.listing = lambda resource, params: (  # type: ignore[method-assign]
        [{"id": row.id.upper(), "changeVersion": str(row.version - 1), "keyValues": {}}]
        if resource == "students/deletes"
        else SmallServer.listing(server, resource, params)
    )
    district.land()
    assert landed(district) == expected(server)
    assert district.rows("select count(*) from raw.edfi__deletes") == [(1,)]


def test_what_the_server_has_forgotten_is_read_anew(
    server: SmallServer, district_of: Callable[..., EdfiDistrict]
) -> None:
    for number in range(5):
        put(server, number)
    district = district_of(server, "students", page_size=2)
    district.land()
    server.delete("students", ("1",))
    server.forget_changes()
    put(server, 9)
    district.land()
    assert landed(district) == expected(server)
    assert district.rows("select reading from raw.edfi__resource_counts") == [("full",)]


def test_without_change_queries_everything_is_read_each_time(
    server: SmallServer, district_of: Callable[..., EdfiDistrict]
) -> None:
    server.with_change_queries = False
    for number in range(5):
        put(server, number)
    district = district_of(server, "students", page_size=2)
    district.land()
    server.delete("students", ("1",))
    put(server, 9)
    district.land()
    assert landed(district) == expected(server)


@pytest.mark.parametrize(("standard", "asked"), [("5.2.0", True), ("6.0.0", False)])
def test_demographics_are_asked_for_where_the_standard_has_them(
    server: SmallServer, district_of: Callable[..., EdfiDistrict], standard: str, asked: bool
) -> None:
    server.standard = standard
    district_of(server, "student_education_organization_associations", "student_demographics").land()
    old, new = (
        f"/api/data/v3/ed-fi/{name}" in server.paths()
        for name in ("studentEducationOrganizationAssociations", "studentDemographics")
    )
    assert (old, new) == (asked, not asked)


def test_what_a_new_standard_says_elsewhere_goes_when_the_server_is_upgraded(
    server: SmallServer, district_of: Callable[..., EdfiDistrict]
) -> None:
    old, new = "student_education_organization_associations", "student_demographics"
    district = district_of(server, "students", old, new)
    put(server, 1)
    server.put("studentEducationOrganizationAssociations", ("1",), {"studentReference": {"studentUniqueId": "1"}})
    district.land()
    assert district.rows(f"select student_unique_id from raw.edfi__{old}") == [("1",)]

    server.standard = "6.0.0"
    server.put("studentDemographics", ("1",), {"studentReference": {"studentUniqueId": "1"}})
    for _ in range(2):
        district.land()
        assert district.rows(f"select student_unique_id from raw.edfi__{old}") == []
        assert district.rows(f"select student_unique_id from raw.edfi__{new}") == [("1",)]
        assert landed(district) == expected(server)
        for entity, delivered, in_raw in district.rows(BALANCE):
            assert delivered == in_raw == district.rows(f"select count(*) from raw.edfi__{entity}")[0][0], entity


def test_what_the_server_does_not_serve_is_not_asked_for(
    server: SmallServer, district_of: Callable[..., EdfiDistrict]
) -> None:
    server.served = ["schools", "students", "staffs"]
    district_of(server, "students", "staffs", "student_cte_program_associations").land()
    assert "/api/data/v3/ed-fi/staffs" in server.paths()
    assert "/api/data/v3/ed-fi/studentCTEProgramAssociations" not in server.paths()


def test_arrays_and_references_land_as_text(server: SmallServer, district_of: Callable[..., EdfiDistrict]) -> None:
    server.put(
        "studentEducationOrganizationAssociations",
        ("1",),
        {
            "studentReference": {"studentUniqueId": "007", "link": {"rel": "Student"}},
            "educationOrganizationReference": {"educationOrganizationId": 255901},
            "hispanicLatinoEthnicity": False,
            "races": [{"raceDescriptor": "uri://ed-fi.org/RaceDescriptor#Asian"}, {"raceDescriptor": "x#Größe"}],
            "sexDescriptor": None,
        },
    )
    district = district_of(server, "student_education_organization_associations")
    district.land()
    assert district.rows(
        "select student_unique_id, education_organization_id, hispanic_latino_ethnicity, races, sex_descriptor, "
        "disabilities from raw.edfi__student_education_organization_associations"
    ) == [
        (
            "007",
            "255901",
            "false",
            '[{"raceDescriptor":"uri://ed-fi.org/RaceDescriptor#Asian"},{"raceDescriptor":"x#Größe"}]',
            None,
            None,
        )
    ]


def test_rows_without_an_id_are_refused(server: SmallServer, district_of: Callable[..., EdfiDistrict]) -> None:
    put(server, 1)
    answer = [{"studentUniqueId": "1", "firstName": "Ada"}]
    server.listing = lambda resource, params: answer if resource == "students" else []  # type: ignore[method-assign]
    with pytest.raises(Exception) as raised:
        district_of(server, "students").land()
    (cause,) = [error for error in causes(raised.value) if isinstance(error, ApiError)]
    assert "1 of 1 rows have no id" in str(cause) and "Ada" not in str(cause)


def test_a_district_without_an_api_lands_nothing(server: SmallServer, district_of: Callable[..., EdfiDistrict]) -> None:
    district = district_of(server, "students")
    district.district = district.district.model_copy(update={"sources": {}})
    district.land()
    assert server.asked == []
    assert {rows for _, _, rows in district.rows(BALANCE)} <= {0}


def test_when_everything_is_read_anew() -> None:
    connection = EdfiConnection.model_validate(
        {"base_url": "https://e.example", "client_id": {"env": "A"}, "client_secret": {"env": "B"}, "overlap": 10}
    )
    known = Remembered(change_version=100, definition="d", read_fully_on="2026-03-01")
    server = ChangeVersions(5, 120)

    window = plan(known, "d", server, connection, TODAY)
    assert (window.oldest, window.newest, window.label, window.is_full) == (91, 120, "91-120", False)
    assert plan({**known, "change_version": 3}, "d", ChangeVersions(0, 120), connection, TODAY).oldest == 0

    assert plan(None, "d", server, connection, TODAY).is_full
    assert plan(None, "d", None, connection, TODAY).label == "all"
    for changed in (
        plan(known, "another mapping", server, connection, TODAY),
        plan(known, "d", ChangeVersions(101, 120), connection, TODAY),
        plan(known, "d", ChangeVersions(0, 99), connection, TODAY),
        plan({**known, "read_fully_on": "2026-02-20"}, "d", server, connection, TODAY),
    ):
        assert changed.is_full and changed.label == f"0-{changed.newest}"


def test_every_entity_that_is_asked_has_a_resource() -> None:
    without = {name for name, entity in load_system("edfi").entities.items() if not entity.resource}
    assert without == {"key_changes", "deletes", "resource_counts"}
