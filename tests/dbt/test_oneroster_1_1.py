"""OneRoster 1.1 and 1.2 of one district say the same, once they are conformed."""

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.sample_district.generate import generate_sample_district
from quality.quarantine import create_quarantine_tables
from tests.dbt.conftest import ParsedProject, run_dbt
from tests.ingestion.sources.oneroster.bundle_drop import HEADERS, BundleDrop, manifest

CONCEPTS = ("students", "enrollments", "schools", "student_demographics")
POINTERS = ["row_id", "source_file", "source_row", "delivered_on"]

Row = dict[str, str]


def _american(text: str) -> str:
    if not text:
        return ""
    year, month, day = text.split("-")
    return f"{int(month)}/{day}/{year}"


def _changes(roles: dict[str, Row]) -> dict[str, Callable[[Row], Row]]:
    """How the lines of a 1.2 file become lines of 1.1, as real exports write them."""
    return {
        "users": lambda row: {
            **row,
            "role": roles[row["sourcedId"]]["role"],
            "orgSourcedIds": roles[row["sourcedId"]]["orgSourcedId"],
        },
        "classes": lambda row: {**row, "classType": row["classType"].capitalize()},
        "enrollments": lambda row: {
            **row,
            "status": "active",
            "beginDate": _american(row["beginDate"]),
            "endDate": _american(row["endDate"]),
        },
        "demographics": lambda row: {**row, "birthDate": _american(row["birthDate"])},
    }


def _write_as_1_1(bundle: Path, drop: BundleDrop) -> None:
    def lines(name: str) -> list[Row]:
        with (bundle / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    changes = _changes({row["userSourcedId"]: row for row in lines("roles")})
    # Either version lets a system add columns of its own under `metadata.`.
    headers = {**HEADERS, "demographics": HEADERS["demographics"] + ",metadata.middleEasternOrNorthAfrican"}
    for name, header in headers.items():
        change = changes.get(name, lambda row: row)
        path = drop.root / f"{name.capitalize()}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header.split(","), extrasaction="ignore")
            file.write(header.replace("birthDate", "birthdate").replace("dateLast", "dataLast") + "\r\n")
            writer.writerows(change(row) for row in lines(name))
    drop.put("manifest.csv", manifest("1.1", **dict.fromkeys(HEADERS, "bulk")))


def _conformed(drop: BundleDrop, project: ParsedProject, target: Path) -> dict[str, pd.DataFrame]:
    drop.land()
    assert drop.drift() == []
    with duckdb.connect(str(drop.warehouse)) as connection:
        create_quarantine_tables(connection)
    models = [f"+conformed_oneroster__{concept}" for concept in CONCEPTS]
    result = run_dbt(
        ["build", "--select", *models, "--exclude-resource-type", "test"], drop.warehouse, target, project.manifest
    )
    assert result.success, result.exception
    with duckdb.connect(str(drop.warehouse), read_only=True) as connection:
        return {
            concept: connection.sql(f"from staging.conformed_oneroster__{concept} order by all")
            .df()
            .drop(columns=POINTERS)
            for concept in CONCEPTS
        }


@pytest.mark.slow
def test_both_versions_conform_to_the_same_rows(tmp_path: Path, parsed_project: ParsedProject) -> None:
    generate_sample_district(tmp_path / "sample", students=200, schools=3, years=2, dirty_rate=0)
    bundle = tmp_path / "sample" / "oneroster"
    of_1_2 = BundleDrop(tmp_path / "of_1_2")
    of_1_2.root = bundle
    of_1_1 = BundleDrop(tmp_path / "of_1_1")
    _write_as_1_1(bundle, of_1_1)

    expected = _conformed(of_1_2, parsed_project, tmp_path / "target")
    found = _conformed(of_1_1, parsed_project, tmp_path / "target")

    assert all(len(rows) for rows in expected.values())
    for concept in CONCEPTS:
        pd.testing.assert_frame_equal(found[concept], expected[concept])
