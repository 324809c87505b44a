"""What real exports do that the standard does not say. The files are made up here."""

from pathlib import Path

import pytest

from tests.ingestion.sources.oneroster.bundle_drop import HEADERS, BundleDrop, manifest, org


@pytest.fixture
def drop(tmp_path: Path) -> BundleDrop:
    return BundleDrop(tmp_path, "orgs", "users", "roles", "classes", "enrollments", "demographics")


def deliver(drop: BundleDrop, **contents: str) -> None:
    """Write files as they are, with a manifest of 1.1 that says they are whole."""
    for name, content in contents.items():
        drop.put(f"{name}.csv", content)
    drop.put("manifest.csv", manifest("1.1", **dict.fromkeys(contents, "bulk")))


def test_roles_stand_in_users_and_need_no_file(drop: BundleDrop) -> None:
    line = 'u1,,,true,"o1,o2",student,s1,{StateID:912345671},Ada,One,,1001,a@made.up,1,2,u9,05,pass'
    deliver(drop, users=f"{HEADERS['users']}\n{line}\n")
    drop.land()
    query = "select sourced_id, role, org_sourced_ids, identifier, user_ids from raw.oneroster__users"
    assert drop.rows(query) == [("u1", "student", "o1,o2", "1001", "{StateID:912345671}")]
    assert drop.drift() == []


def test_the_misspelt_header_of_the_last_change_is_known(drop: BundleDrop) -> None:
    header = HEADERS["orgs"].replace("dateLastModified", "dataLastModified")
    deliver(drop, orgs=f"{header}\n{org('1', 'One', 'active')}\n")
    drop.land()
    assert drop.rows("select date_last_modified from raw.oneroster__orgs") == [("2026-01-05T04:00:00.000Z",)]
    assert drop.drift() == []


def test_demographics_may_name_the_user_and_write_birthdate(drop: BundleDrop) -> None:
    header = HEADERS["demographics"].replace("birthDate", "birthdate")
    of_user = header.replace("sourcedId", "userSourcedId", 1)
    deliver(drop, demographics=f"{of_user}\nu1,,,1/05/2015,Female,,,,,,,,,,,\n")
    drop.land()
    query = "select sourced_id, birth_date, sex from raw.oneroster__demographics"
    assert drop.rows(query) == [("u1", "1/05/2015", "Female")]
    deliver(drop, demographics=f"userSourcedId,{header}\nu2,d2,,,2015-01-05,male,,,,,,,,,,,\n")
    drop.land()
    assert drop.rows(query) == [("u2", "2015-01-05", "male")]
    assert drop.drift() == [("demographics", "sourcedId", "new_column")]


@pytest.mark.parametrize("name", ["Demographics.csv", "DEMOGRAPHICS.CSV"])
def test_file_names_come_in_any_case(drop: BundleDrop, name: str) -> None:
    drop.put(name, f"{HEADERS['demographics']}\nu1,,,2015-01-05,male,,,,,,,,,,,\n")
    drop.put("Manifest.CSV", manifest("1.1", demographics="bulk"))
    drop.land()
    assert drop.rows("select sourced_id from raw.oneroster__demographics") == [("u1",)]


def test_a_file_may_have_a_header_only_with_or_without_a_line_end(drop: BundleDrop) -> None:
    deliver(drop, orgs=HEADERS["orgs"], classes=HEADERS["classes"] + "\r\n")
    drop.land()
    assert drop.names() == {}
    assert drop.drift() == []
    assert drop.unbalanced() == []


def test_the_last_line_may_lack_its_end(drop: BundleDrop) -> None:
    deliver(drop, orgs=f"{HEADERS['orgs']}\r\n{org('1', 'One')}\r\n{org('2', 'Two')}")
    drop.land()
    assert drop.names() == {"1": "One", "2": "Two"}


def test_lists_stand_in_quotes_and_classes_in_any_case(drop: BundleDrop) -> None:
    line = 'c1,,,Algebra,"09,10",k1,A-1,Scheduled,,o1,"t1,t2","Mathematics,Science",,"1,2"'
    deliver(drop, classes=f"{HEADERS['classes']}\n{line}\n")
    drop.land()
    query = "select grades, class_type, term_sourced_ids, subjects from raw.oneroster__classes"
    assert drop.rows(query) == [("09,10", "Scheduled", "t1,t2", "Mathematics,Science")]


def test_american_dates_are_no_change_of_type(drop: BundleDrop) -> None:
    deliver(drop, enrollments=f"{HEADERS['enrollments']}\ne1,active,1/05/2023,c1,o1,u1,student,,1/05/2023,12/31/2023\n")
    drop.land()
    assert drop.rows("select begin_date, end_date from raw.oneroster__enrollments") == [("1/05/2023", "12/31/2023")]
    assert drop.drift() == []


@pytest.mark.parametrize("status", ["tobedeleted", "inactive", "ToBeDeleted"])
def test_removals_in_a_whole_file_are_noticed(drop: BundleDrop, status: str) -> None:
    deliver(drop, orgs=f"{HEADERS['orgs']}\n{org('1', 'One', 'active')}\n{org('2', 'Two', status)}\n")
    drop.land()
    assert drop.rows("select count(*) from raw.oneroster__orgs") == [(2,)]
    assert drop.drift() == [("orgs", "status", "removals_in_bulk")]
