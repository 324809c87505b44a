"""What the store remembers of changes, in the words of Ed-Fi's change queries."""

import json

import duckdb
import pytest

from ingestion.edfi_emulator.store import Document, EdfiStore, EdfiStoreError, Window

EVERYTHING = Window()


def stay(student: str, entry: str) -> Document:
    return {
        "entryDate": entry,
        "schoolReference": {"schoolId": 1},
        "studentReference": {"studentUniqueId": student},
        "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#First grade",
    }


@pytest.fixture
def store() -> EdfiStore:
    return EdfiStore(5)


def test_an_update_moves_a_document_to_a_later_window(store: EdfiStore) -> None:
    id_ = store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))
    store.insert("studentSchoolAssociations", stay("2", "2025-08-20"))
    store.update("studentSchoolAssociations", id_, exitWithdrawDate="2025-12-19")
    assert store.newest_change_version == 3
    assert store.count("studentSchoolAssociations", Window(1, 2)) == 1
    [row] = store.page("studentSchoolAssociations", Window(3, 3), 10)
    shown = json.loads(row)
    assert shown["id"] == id_
    assert shown["exitWithdrawDate"] == "2025-12-19"
    assert shown["_etag"] == "3"
    assert shown["_lastModifiedDate"] == "2026-06-12T00:00:00.003Z"


def test_an_update_leaves_the_natural_key_alone(store: EdfiStore) -> None:
    id_ = store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))
    with pytest.raises(EdfiStoreError, match="natural key"):
        store.update("studentSchoolAssociations", id_, entryDate="2025-08-21")
    with pytest.raises(EdfiStoreError, match="already"):
        store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))


def test_a_document_without_its_key_is_refused(store: EdfiStore) -> None:
    with pytest.raises(EdfiStoreError, match=r"needs studentReference\.studentUniqueId"):
        store.insert("studentSchoolAssociations", {"entryDate": "2025-08-20", "schoolReference": {"schoolId": 1}})


def test_key_changes_of_a_window_collapse_into_one(store: EdfiStore) -> None:
    id_ = store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))
    store.change_key("studentSchoolAssociations", id_, entryDate="2025-08-21")
    store.change_key("studentSchoolAssociations", id_, entryDate="2025-08-22")
    [change] = store.key_changes("studentSchoolAssociations", EVERYTHING)
    assert change["id"].replace("-", "") == id_
    assert change["changeVersion"] == 3
    assert change["oldKeyValues"] == {"entryDate": "2025-08-20", "schoolId": 1, "studentUniqueId": "1"}
    assert change["newKeyValues"]["entryDate"] == "2025-08-22"
    [second] = store.key_changes("studentSchoolAssociations", Window(3, 3))
    assert second["oldKeyValues"]["entryDate"] == "2025-08-21"
    assert store.find("studentSchoolAssociations", entryDate="2025-08-22", schoolId=1) == [id_]


def test_a_key_change_carries_the_documents_that_refer_to_it(store: EdfiStore) -> None:
    section = {
        "localCourseCode": "ALG1",
        "schoolId": 1,
        "schoolYear": 2026,
        "sectionIdentifier": "7",
        "sessionName": "Year",
    }
    seat = store.insert(
        "studentSectionAssociations",
        {"beginDate": "2025-08-20", "sectionReference": section, "studentReference": {"studentUniqueId": "1"}},
    )
    mark = store.insert(
        "grades",
        {
            "gradeTypeDescriptor": "uri://ed-fi.org/GradeTypeDescriptor#Semester",
            "gradingPeriodReference": {"gradingPeriodDescriptor": "S1", "gradingPeriodName": "S1", "schoolYear": 2026},
            "studentSectionAssociationReference": {"beginDate": "2025-08-20", **section, "studentUniqueId": "1"},
        },
    )
    store.change_key("studentSectionAssociations", seat, beginDate="2025-08-25")
    assert store.get("grades", mark)["studentSectionAssociationReference"]["beginDate"] == "2025-08-25"
    [change] = store.key_changes("grades", EVERYTHING)
    assert (change["oldKeyValues"]["beginDate"], change["newKeyValues"]["beginDate"]) == ("2025-08-20", "2025-08-25")


def test_deletes_carry_dashes_and_hide_what_came_back(store: EdfiStore) -> None:
    id_ = store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))
    store.delete("studentSchoolAssociations", id_)
    [delete] = store.deletes("studentSchoolAssociations", EVERYTHING)
    assert len(delete["id"]) == 36
    assert delete["id"].replace("-", "") == id_
    assert delete["keyValues"] == {"entryDate": "2025-08-20", "schoolId": 1, "studentUniqueId": "1"}
    again = store.insert("studentSchoolAssociations", stay("1", "2025-08-20"))
    assert again != id_
    assert store.deletes("studentSchoolAssociations", EVERYTHING) == []
    with pytest.raises(EdfiStoreError, match="no document"):
        store.get("studentSchoolAssociations", id_)


def test_truncated_tracking_forgets_and_says_since_when(store: EdfiStore) -> None:
    first, second = (store.insert("studentSchoolAssociations", stay(student, "2025-08-20")) for student in ("1", "2"))
    store.delete("studentSchoolAssociations", first)
    store.delete("studentSchoolAssociations", second)
    store.truncate_tracking(before=4)
    assert store.oldest_change_version == 4
    assert [delete["changeVersion"] for delete in store.deletes("studentSchoolAssociations", EVERYTHING)] == [4]


def test_loaded_and_inserted_documents_have_the_same_key_text(documents: duckdb.DuckDBPyConnection) -> None:
    store = EdfiStore(int(documents.execute("select standard()").fetchall()[0][0]))
    store.load(documents)
    for resource in store.resources:
        for id_ in store.ids(resource)[:3]:
            document = store.get(resource, id_)
            with pytest.raises(EdfiStoreError, match="already"):
                store.insert(resource, document)
