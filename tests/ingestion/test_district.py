"""The district file: every mistake is a sentence that says where it is."""

from pathlib import Path

import pytest
import yaml

from ingestion.district import read_district
from ingestion.errors import DistrictFileError
from ingestion.mapping import SYSTEMS, load_system

IDENTITY = {"id": "d", "name": "D"}


def write(folder: Path, sources: dict[str, object]) -> Path:
    path = folder / "district.yml"
    path.write_text(yaml.safe_dump({"district": IDENTITY, "sources": sources}))
    return path


def test_roots_are_relative_to_the_file_or_to_the_given_folder(tmp_path: Path) -> None:
    path = write(tmp_path, {"oneroster": {"root": "in/oneroster"}})
    assert read_district(path).sources["oneroster"].root == tmp_path / "in/oneroster"
    assert read_district(path, Path("/deliveries")).sources["oneroster"].root == Path("/deliveries/in/oneroster")


def test_a_listed_system_uses_the_standard_layout_and_an_unlisted_one_nothing(tmp_path: Path) -> None:
    district = read_district(write(tmp_path, {"oneroster": {"root": "."}}))
    (delivery,) = district.deliveries_of("oneroster", "users")
    assert delivery.files == ("users.csv",)
    assert district.deliveries_of("sis_files", "attendance") == ()


def test_with_own_deliveries_only_the_entities_named_are_delivered(tmp_path: Path) -> None:
    own = {"root": ".", "deliveries": {"attendance": [{"files": ["a.csv"], "mode": "incremental"}]}}
    district = read_district(write(tmp_path, {"sis_files": own}))
    (delivery,) = district.deliveries_of("sis_files", "attendance")
    assert delivery.mode == "incremental"
    assert district.deliveries_of("sis_files", "calendar") == ()


def test_a_layout_file_stands_in_for_what_the_district_file_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "absences.yml").write_text(
        yaml.safe_dump(
            {
                "files": ["standard.csv"],
                "columns": {"attendance_id": "AbsID", "period": "Block"},
                "format": {"delimiter": "tab", "date_format": "%d.%m.%Y"},
            }
        )
    )
    own = {"layout": "layouts/absences.yml", "files": ["a*.txt"], "columns": {"period": "Hour"}}
    district = read_district(write(tmp_path, {"sis_files": {"root": ".", "deliveries": {"attendance": [own]}}}))
    (delivery,) = district.deliveries_of("sis_files", "attendance")
    assert delivery.files == ("a*.txt",)
    assert delivery.columns == {"attendance_id": "AbsID", "period": "Hour"}
    assert (delivery.format.separator, delivery.format.date_format) == ("\t", ("%d.%m.%Y",))


def test_an_address_is_kept_as_it_is_written(tmp_path: Path) -> None:
    login = {"username": "u", "password": {"env": "P"}}
    source = read_district(
        write(tmp_path, {"oneroster": {"root": "sftp://host:2222/drop", "connection": login}})
    ).sources["oneroster"]
    assert source.location == "sftp://host:2222/drop"
    assert source.file_connection is not None


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"powerschool": {"root": "."}}, "unknown source system 'powerschool'"),
        ({"sis_files": {"root": ".", "deliveries": {"lunch": []}}}, "no entity 'lunch'"),
        (
            {
                "sis_files": {
                    "root": ".",
                    "deliveries": {"calendar": [{"files": ["c"], "columns": {"day": "d"}}]},
                }
            },
            "no column day",
        ),
        (
            {
                "sis_files": {
                    "root": ".",
                    "deliveries": {"attendance": [{"files": ["a"], "constants": {"record_basis": "weekly"}}]},
                }
            },
            "must be one of exceptions, every_day",
        ),
        ({"sis_files": {"root": ".", "folder": "x"}}, "not a valid district file"),
        ({"sis_files": {"root": "ftp://host/drop"}}, "addresses begin with sftp:// or s3://"),
        ({"sis_files": {"root": "sftp://host/drop"}}, "needs connection.username"),
        ({"sis_files": {"root": "sftp://me:secret@host/drop"}}, "holds a login"),
        ({"sis_files": {"root": "s3:///prefix"}}, "names no host or bucket"),
        ({"sis_files": {"root": "s3://b", "connection": {"access_key_id": {"env": "A"}}}}, "belong together"),
        ({"sis_files": {"root": "s3://b", "connection": {"password": "hunter2"}}}, "sis_files.password"),
        ({"sis_files": {"root": ".", "deliveries": {"calendar": [{"format": {"encoding": "utf8x"}}]}}}, "is unknown"),
        ({"sis_files": {"root": ".", "deliveries": {"calendar": [{"format": {"date_format": "%d"}}]}}}, "must name a"),
        ({"sis_files": {"root": ".", "deliveries": {"calendar": [{"format": {"footer": "("}}]}}}, "not a pattern"),
        ({"sis_files": {"root": ".", "deliveries": {"calendar": [{"layout": "none.yml"}]}}}, "there is no layout"),
    ],
)
def test_a_wrong_district_file_is_refused(tmp_path: Path, sources: dict[str, object], message: str) -> None:
    with pytest.raises(DistrictFileError, match=message) as raised:
        read_district(write(tmp_path, sources))
    assert "hunter2" not in str(raised.value)


def test_a_missing_district_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DistrictFileError, match="stocktake sample"):
        read_district(tmp_path / "none.yml")


@pytest.mark.parametrize("system", SYSTEMS)
def test_mappings_are_complete(system: str) -> None:
    for name, entity in load_system(system).entities.items():
        assert entity.description, name
        assert set(entity.primary_key) <= set(entity.columns), name
        # The same name in another case, as old servers write it, is one header of one column.
        headers = [h for column in entity.columns.values() for h in {header.lower() for header in column.headers}]
        assert len(headers) == len(set(headers)), f"{system}.{name} maps a header twice"
        assert not {h.lower() for h in entity.excluded} & set(headers), name
        assert all(reason for reason in entity.excluded.values()), name
