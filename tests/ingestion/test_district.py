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
    ],
)
def test_a_wrong_district_file_is_refused(tmp_path: Path, sources: dict[str, object], message: str) -> None:
    with pytest.raises(DistrictFileError, match=message):
        read_district(write(tmp_path, sources))


def test_a_missing_district_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DistrictFileError, match="stocktake sample"):
        read_district(tmp_path / "none.yml")


@pytest.mark.parametrize("system", SYSTEMS)
def test_mappings_are_complete(system: str) -> None:
    for name, entity in load_system(system).entities.items():
        assert entity.description, name
        assert set(entity.primary_key) <= set(entity.columns), name
        headers = [h.lower() for column in entity.columns.values() for h in column.headers]
        assert len(headers) == len(set(headers)), f"{system}.{name} maps a header twice"
        assert not {h.lower() for h in entity.excluded} & set(headers), name
        assert all(reason for reason in entity.excluded.values()), name
