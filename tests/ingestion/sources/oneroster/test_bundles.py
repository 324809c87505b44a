"""Bundles of OneRoster, delivered one after the other."""

import shutil
from pathlib import Path

import pytest

from ingestion.errors import SourceFormatError
from ingestion.sources.oneroster.bundles import find_bundles
from tests.ingestion.sources.oneroster.bundle_drop import HEADERS, BundleDrop, manifest, org


@pytest.fixture
def drop(tmp_path: Path) -> BundleDrop:
    return BundleDrop(tmp_path, "orgs")


def test_a_delta_changes_adds_and_takes_back_and_leaves_the_rest(drop: BundleDrop) -> None:
    drop.deliver("2026-01-04", {"orgs": [org("1", "One"), org("2", "Two"), org("3", "Three")]}, orgs="bulk")
    drop.land()
    drop.deliver(
        "2026-01-05.zip",
        {"orgs": [org("2", "Second", "active"), org("3", "Three", "tobedeleted"), org("4", "Four", "active")]},
        orgs="delta",
    )
    drop.land()

    assert drop.names() == {"1": "One", "2": "Second", "4": "Four"}
    assert drop.rows("select sourced_id from raw.oneroster__orgs where status = 'tobedeleted'") == [("3",)]
    assert drop.unbalanced() == []
    assert drop.rows("select count(*), count(distinct _row_id) from raw.oneroster__orgs") == [(4, 4)]


def test_a_later_bulk_replaces_everything(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One"), org("2", "Two")]}, orgs="bulk")
    drop.deliver("b", {"orgs": [org("3", "Three", "active")]}, orgs="delta")
    drop.land()
    drop.deliver("c", {"orgs": [org("2", "Two again")]}, orgs="bulk")
    drop.land()
    assert drop.names() == {"2": "Two again"}
    assert drop.unbalanced() == []


def test_a_bulk_without_rows_empties_the_table_and_an_absent_file_changes_nothing(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One")]}, orgs="bulk")
    drop.land()
    drop.deliver("b", {}, orgs="absent")
    drop.land()
    assert drop.names() == {"1": "One"}
    drop.deliver("c", {"orgs": []}, orgs="bulk")
    drop.land()
    assert drop.names() == {}
    assert drop.unbalanced() == []


def test_bundles_may_come_one_in_the_place_of_the_other(drop: BundleDrop) -> None:
    drop.deliver("", {"orgs": [org("1", "One"), org("2", "Two")]}, orgs="bulk")
    drop.land()
    drop.deliver("", {"orgs": [org("2", "Second", "active")]}, orgs="delta")
    drop.land()
    drop.deliver("", {"orgs": [org("3", "Third", "active")]}, orgs="delta")
    drop.land()
    assert drop.names() == {"1": "One", "2": "Second", "3": "Third"}
    assert drop.rows("select count(distinct _row_id) from raw.oneroster__orgs") == [(3,)]
    assert drop.unbalanced() == []


def test_duplicates_in_a_bulk_all_land_and_a_delta_replaces_them_together(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One"), org("1", "Uno")]}, orgs="bulk")
    drop.land()
    assert drop.rows("select name from raw.oneroster__orgs order by 1") == [("One",), ("Uno",)]
    drop.deliver("b", {"orgs": [org("1", "Eins", "active")]}, orgs="delta")
    drop.land()
    assert drop.rows("select name from raw.oneroster__orgs") == [("Eins",)]
    assert drop.unbalanced() == []


def test_order_is_by_date_where_all_names_have_one_and_else_by_number(drop: BundleDrop) -> None:
    def order() -> list[str]:
        return [bundle.name for bundle in find_bundles(drop.root, ["orgs.csv"])]

    for name in ("full_20260201", "changes_2026-01-15", "changes_2026-02-09"):
        drop.deliver(name, {"orgs": []}, orgs="bulk")
    assert order() == ["changes_2026-01-15", "full_20260201", "changes_2026-02-09"]
    shutil.rmtree(drop.root)
    for name in ("export 10.zip", "export 9.zip", "export 1.zip"):
        drop.root.mkdir(exist_ok=True)
        drop.deliver(name, {"orgs": []}, orgs="bulk")
    assert order() == ["export 1.zip", "export 9.zip", "export 10.zip"]


def test_a_declared_file_that_is_missing_lands_nothing(tmp_path: Path) -> None:
    drop = BundleDrop(tmp_path, "orgs", "courses")
    drop.deliver("a", {"orgs": [org("1", "One")]}, orgs="bulk", courses="bulk")
    with pytest.raises(SourceFormatError, match=r"declares courses.csv as bulk.*declare it absent"):
        drop.land()
    assert drop.names() == {}


def test_a_file_that_is_declared_absent_is_not_read_and_noticed_when_it_has_rows(tmp_path: Path) -> None:
    drop = BundleDrop(tmp_path, "orgs", "courses")
    drop.deliver("a", {"orgs": [org("1", "One")], "courses": []}, courses="absent")
    drop.land()
    assert drop.names() == {}
    assert drop.drift() == [("orgs", "", "declared_absent")]
    assert drop.unbalanced() == []


def test_a_bundle_without_a_manifest_counts_as_whole_which_is_noticed(drop: BundleDrop) -> None:
    drop.put("orgs.csv", f"{HEADERS['orgs']}\n{org('1', 'One')}\n")
    drop.land()
    assert drop.names() == {"1": "One"}
    assert drop.drift() == [("orgs", "", "no_manifest")]
    drop.put("orgs.csv", f"{HEADERS['orgs']}\n{org('2', 'Two')}\n")
    drop.land()
    assert drop.names() == {"2": "Two"}


def test_without_a_manifest_a_file_that_must_be_there_is_missed(tmp_path: Path) -> None:
    drop = BundleDrop(tmp_path, "orgs", "courses")
    drop.put("orgs.csv", f"{HEADERS['orgs']}\n{org('1', 'One')}\n")
    with pytest.raises(SourceFormatError, match=r"no courses.csv and no manifest.csv"):
        drop.land()


def test_a_file_that_the_manifest_does_not_name_counts_as_whole_which_is_noticed(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One")]})
    drop.put("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.users,absent\n", "a")
    drop.land()
    assert drop.names() == {"1": "One"}
    assert drop.drift() == [("orgs", "", "undeclared_file")]


def test_removals_in_a_whole_file_are_honoured_and_noticed(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One"), org("2", "Two", "tobedeleted")]}, orgs="bulk")
    drop.land()
    assert drop.names() == {"1": "One"}
    assert drop.rows("select status from raw.oneroster__orgs where sourced_id = '2'") == [("tobedeleted",)]
    assert drop.drift() == [("orgs", "status", "removals_in_bulk")]


def test_what_is_no_bundle_is_an_error_with_the_remedy(drop: BundleDrop) -> None:
    drop.put("readme.txt", "hello")
    with pytest.raises(SourceFormatError, match="no OneRoster bundle under oneroster/"):
        drop.land()
    drop.put("cut_off.zip", "PK and nothing more")
    with pytest.raises(SourceFormatError, match=r"cut_off\.zip is not a complete zip archive"):
        drop.land()


def test_two_files_whose_names_differ_in_case_only_are_refused(drop: BundleDrop) -> None:
    drop.put("orgs.csv", HEADERS["orgs"])
    drop.put("Orgs.csv", HEADERS["orgs"])
    with pytest.raises(SourceFormatError, match="keep one of them"):
        drop.land()


def test_leftovers_of_archivers_are_no_bundles(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One")]}, orgs="bulk")
    drop.put("._orgs.csv", "\x00", "__MACOSX/a")
    drop.put("orgs.csv", "\x00", ".hidden")
    drop.land()
    assert drop.names() == {"1": "One"}


def test_a_manifest_of_an_unknown_version_stops_the_load(drop: BundleDrop) -> None:
    drop.deliver("a", {"orgs": [org("1", "One")]}, orgs="bulk")
    drop.put("manifest.csv", manifest("3.0", orgs="bulk"), "a")
    with pytest.raises(SourceFormatError, match=r"a/manifest.csv says OneRoster 3.0"):
        drop.land()
