"""The whole sample district over the emulator, in both data standards, with everything going wrong once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.edfi_emulator.faults import Fault, FaultKind, FaultPlan
from ingestion.edfi_emulator.server import RunningEmulator, serve
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.sample_district.as_edfi import build_edfi_documents
from ingestion.sample_district.generate import generate_sample_district
from tests.ingestion.sources.edfi.conftest import EdfiDistrict
from tests.ingestion.sources.edfi.small_server import KEY, SECRET

FAULTS = (
    Fault(FaultKind.SERVER_ERROR, "oauth/token"),
    Fault(FaultKind.TOKEN_EXPIRES_EARLY, "students", after=1),
    Fault(FaultKind.TOO_MANY_REQUESTS, "schools", seconds=1),
    Fault(FaultKind.SERVER_ERROR, "calendarDates", after=1),
    Fault(FaultKind.CONNECTION_CUT, "studentSchoolAssociations", after=1),
    Fault(FaultKind.TRUNCATED_JSON, "studentSchoolAttendanceEvents", after=1),
    Fault(FaultKind.SLOW, "grades", seconds=3),
)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "delivered"
    generate_sample_district(folder, students=60, schools=3, years=1, dirty_rate=0)
    return folder


@pytest.fixture(params=[5, 6])
def emulator(request: pytest.FixtureRequest, delivered: Path) -> Iterator[RunningEmulator]:
    store = EdfiStore(request.param)
    store.load(build_edfi_documents(delivered, request.param))
    with serve(store, client_id=KEY, client_secret=SECRET, faults=FaultPlan(*FAULTS)) as running:
        yield running


def test_all_of_it_lands_and_a_day_of_changes_follows(emulator: RunningEmulator, tmp_path: Path) -> None:
    store = emulator.store
    district = EdfiDistrict(tmp_path, emulator.base_url, read_timeout_seconds=2, max_attempts=4, page_size=100)
    district.land()
    counts = dict(district.rows("select entity, resource from raw.edfi__resource_counts"))
    assert len(counts) > 25
    demographics = {5: "student_education_organization_associations", 6: "student_demographics"}
    assert demographics[store.standard] in counts and demographics[11 - store.standard] not in counts
    for entity, resource in counts.items():
        assert district.rows(f"select count(*) from raw.edfi__{entity}") == [(store.count(resource),)], entity

    (first, second, third) = store.ids("students")[:3]
    store.update("students", first, firstName="Renamed")
    store.change_key("students", second, studentUniqueId="new-number")
    kept = store.get("students", third)
    store.delete("students", third)
    store.insert("students", kept)
    store.delete("studentSchoolAttendanceEvents", store.ids("studentSchoolAttendanceEvents")[0])
    district.land()

    assert district.rows(f"select first_name from raw.edfi__students where id = '{first}'") == [("Renamed",)]
    assert district.rows(f"select count(*) from raw.edfi__students where id = '{third}'") == [(0,)]
    assert district.rows("select count(*) > 0 from raw.edfi__key_changes where resource = 'students'") == [(True,)]
    followers = "select count(*) > 0 from raw.edfi__student_school_associations where student_unique_id = 'new-number'"
    assert district.rows(followers) == [(True,)]
    assert district.rows("select resource from raw.edfi__deletes") == [("studentSchoolAttendanceEvents",)]
    for entity, resource in counts.items():
        assert district.rows(f"select count(*) from raw.edfi__{entity}") == [(store.count(resource),)], entity
