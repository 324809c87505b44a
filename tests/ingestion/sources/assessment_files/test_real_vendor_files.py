"""Every layout in a public collection of vendors' files loads by a mapping, or is refused by name.

The collection is not part of the project: it is read where it lies, and the tests are skipped where it does not.
"""

import csv
import functools
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ingestion.district import Delivery, District
from ingestion.errors import SourceFormatError
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.sources.assessment_files.recognition import with_recognised_files
from ingestion.sources.delivered_source import read_entity

ROOT = Path(__file__).parents[4]
COLLECTION = next(
    (
        folder
        for base in (ROOT.parent, ROOT.parent.parent)
        if (folder := base / "shared" / "data" / "earthmover_assessment_samples").is_dir()
    ),
    None,
)
pytestmark = pytest.mark.skipif(COLLECTION is None, reason="the collection of vendors' files is not on this machine")

RESULTS = {
    "ACCESS__2021_to_2025_sample_anonymized_file_ACCESS": 40,
    "ACCESS__2021_to_2025_sample_anonymized_file_Alternate_ACCESS": 37,
    "ACCESS__sample_anonymized_file_ACCESS": 32,
    "ACCESS__sample_anonymized_file_alternate_Alternate_ACCESS": 24,
    "ACCUPLACER__sample_anonymized_file": 7,
    "ACT__sample_anonymized_file": 36,
    "AP__SAMPLE_AP_2324": 12,
    "ASVAB__sample_anonymized_file": 60,
    "BASC3_BESS__sample_anonymized_file": 20,
    "Beacon__sample_anonymized_file": 6,
    "Beacon__sample_anonymized_file_24_25": 6,
    "Beacon__sample_anonymized_file_25_26": 7,
    "CIRCLE__sample_anonymized_file": 48,
    "CMAS__sample_anonymized_file": 5,
    "Cambridge__sample_anonymized_file": 5,
    "CogAT__sample_anonymized_file": 20,
    "CogAT__sample_anonymized_file_underscores": 5,
    "Dibels_8_Benchmark__sample_anonymized_file": 27,
    "Dibels_Next_Benchmark__sample_anonymized_file": 23,
    "EOCEP__sample_anonymized_file_EOCEP": 5,
    "FastBridgeCAT__fake_aMath": 7,
    "FastBridgeCAT__sample_anonymized_aMath": 7,
    "FastBridgeCAT__sample_anonymized_aReading": 3,
    "FastBridge_AUTOreading__sample_anonymized_file_fastbridge_autoreading": 5,
    "FastBridge_CBMmath__sample_anonymized_file_cbmm_auto": 15,
    "FastBridge_CBMmath__sample_anonymized_file_cbmm_cap": 6,
    "FastBridge_CBMmath__sample_anonymized_file_cbmm_process": 8,
    "FastBridge_CBMreading__sample_anonymized_file_fastbridge_cbmreading": 15,
    "FastBridge_CBMreading__sample_anonymized_file_fastbridge_comprehension_question": 10,
    "FastBridge_CBMreading__sample_anonymized_file_fastbridge_comprehension_recall": 9,
    "FastBridge_COMPefficiency__sample_anonymized_file_fastbridge_compefficiency": 5,
    "FastBridge_English__sample_anonymized_file": 35,
    "FastBridge_Math__sample_anonymized_file": 30,
    "Fountas_and_Pinnell__sample_anonymized_file_FnP": 10,
    "GOLD__sample_anonymized_file": 28,
    "IB__sample_anonymized_file": 5,
    "IDEL__sample_anonymized_file": 12,
    "IN_ILEARN__ilearn_checkpoint_sample_data": 2,
    "IN_ILEARN__ilearn_sample_data": 5,
    "Iowa__sample_anonymized_file": 56,
    "KRA__KRA_sample_file_deidentified": 50,
    "KRA__KRA_sample_file_deidentified_new": 65,
    "Lectura__sample_anonymized_file": 25,
    "MAP_Fluency__sample_anonymized_file": 30,
    "MAP_Growth__sample_anonymized_file": 6,
    "MVPA__sample_anonymized_file": 5,
    "PALS__PALS_SAMPLE_data_file": 240,
    "PSAT_SAT__sample_anonymized_file_psat_10": 15,
    "PSAT_SAT__sample_anonymized_file_psat_89": 15,
    "PSAT_SAT__sample_anonymized_file_psat_nmsqt": 15,
    "PSAT_SAT__sample_anonymized_file_sat": 15,
    "PreACT__Records_anonymized": 24,
    "SC_Alternate_Assessment__sample_anonymized_file_2016": 20,
    "SC_Alternate_Assessment__sample_anonymized_file_2024": 17,
    "SC_Performance_Task_Assessment__sample_anonymized_file": 54,
    "SC_READY__sample_anonymized_file": 10,
    "STAAR_Interim__sample_anonymized_file": 5,
    "STAAR_Summative__sample_anonymized_file": 20,
    "STAMP__anonymized_sample_file": 51,
    "STAR__SR_Dashboard_Standards_v2_sample_anonymized_file": 5,
    "STAR__SR_SkillArea_v1_sample_anonymized_file": 5,
    "STAR__SR_sample_anonymized_file": 5,
    "TX_KEA__sample_anonymized_file": 13,
    "WIN__sample_anonymized_file": 10,
    "WI_Forward__sample_anonymized_file": 11,
    "i-Ready__sample_anonymized_file_ela": 5,
    "i-Ready__sample_anonymized_file_math": 5,
    "iStation__sample_anonymized_file": 36,
    "myIGDIs__sample_anonymized_file": 128,
}
"""Results that each file holds, counted by hand where it is small: rows with a score, times the scores in a row."""

NO_RESULTS = ("SC_Alternate_Assessment__columns_by_year", "_template_bundle__sample_anonymized_file")
"""A list of column names, and an example that no vendor sends."""

ASKED = {
    "Cambridge__sample_anonymized_file": ("cambridge_international", "school_year", "2024"),
    "IN_ILEARN__ilearn_checkpoint_sample_data": ("indiana_ilearn_checkpoint", "school_year", "2024"),
    "IN_ILEARN__ilearn_sample_data": ("indiana_ilearn", "school_year", "2024"),
    "KRA__KRA_sample_file_deidentified_new": ("kindergarten_readiness_assessment_state", "school_year", "2024"),
    "iStation__sample_anonymized_file": ("istation_isip", "subject", "READING"),
}
"""Files that need to be told something: layout, column and what the district says."""


@functools.lru_cache(maxsize=1)
def frame_of(path: Path, header_row: int) -> "Frame":
    """The file, parsed once for all its parts."""
    return Frame(path, header_row)


class Frame:
    """A file as the standard library's CSV reader and pandas see it: lines of the header's length, by line number."""

    def __init__(self, path: Path, header_row: int) -> None:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        lines = list(csv.reader(io.StringIO(text, newline="")))
        self.header = [cell.strip() for cell in lines[header_row - 1]]
        numbered = list(enumerate(lines, start=1))[header_row:]
        self.broken = sum(len(line) != len(self.header) for _, line in numbered if any(line))
        whole = {number: line for number, line in numbered if len(line) == len(self.header) and any(line)}
        self.rows = pd.DataFrame.from_dict(whole, orient="index", columns=range(len(self.header)))

    def column(self, header: str, empty_values: tuple[str, ...]) -> pd.Series:
        """Texts of a column by line number; null where the vendor says nothing."""
        values = self.rows[self.header.index(header)].str.strip()
        return values.where((values != "") & ~values.str.lower().isin([text.lower() for text in empty_values]))


@pytest.fixture
def delivered(tmp_path: Path, assessment_district: Callable[..., District]) -> Callable[..., tuple[District, Path]]:
    """Put one file of the collection into a district's delivery."""

    def deliver(name: str, *, answered: bool = True) -> tuple[District, Path]:
        layout, column, value = ASKED.get(name, ("", "", ""))
        choices = [{"layout": layout, "constants": {column: value}}] if layout and answered else []
        district = assessment_district(vendors="auto", layouts=choices)
        assert COLLECTION is not None
        path = tmp_path / "delivered" / f"{name}.csv"
        shutil.copy(COLLECTION / path.name, path)
        return district, path

    return deliver


def test_the_collection_is_the_one_that_was_counted() -> None:
    assert COLLECTION is not None
    assert {path.stem for path in COLLECTION.glob("*.csv")} == {*RESULTS, *NO_RESULTS}


@pytest.mark.parametrize("name", RESULTS)
def test_a_vendor_file_loads_by_its_layout(name: str, delivered: Callable[..., tuple[District, Path]]) -> None:
    district, path = delivered(name)
    recognised = with_recognised_files(district)
    deliveries = recognised.deliveries_of("assessment_files", "results")
    log = LandingLog()

    landed = pd.concat(
        [table.to_pandas() for table in read_entity("assessment_files", "results", recognised, log)],
        ignore_index=True,
    )

    records = {record.source_file: record for record in log.files}
    assert len(records) == len(deliveries)
    assert len(landed) == RESULTS[name]
    for delivery in deliveries:
        source_file = f"{path.name}|{delivery.part}" if delivery.part else path.name
        check_part(
            frame_of(path, header_row_of(delivery)),
            delivery,
            landed[landed["_source_file"] == source_file],
            records[source_file],
        )
    assert landed[["student_id_type", "instrument"]].notna().all().all()
    assert landed["subject"].notna().all()
    assert landed[["scale_score", "performance_level", "status_code"]].notna().any(axis=None)
    assert landed[["school_year", "test_date"]].notna().any(axis=None)
    assert [drift for record in log.files for drift in record.drift] == []
    check_that_staging_can_read(landed)


def header_row_of(delivery: Delivery) -> int:
    return delivery.format.header_row


def check_that_staging_can_read(landed: pd.DataFrame) -> None:
    """Dates, years and scores stand in the forms that staging parses."""
    assert landed["test_date"].dropna().str.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{4}").all()
    assert landed["school_year"].dropna().str.fullmatch(r"(20\d\d-)?20\d\d").all()
    assert pd.to_numeric(landed["scale_score"].dropna(), errors="coerce").notna().all()


def check_part(frame: Frame, delivery: Delivery, landed: pd.DataFrame, record: FileRecord) -> None:
    """Hold what landed of one part against the file, line by line."""
    filled = {
        column: frame.column(header, delivery.empty_values)
        for column, header in delivery.columns.items()
        if header in frame.header
    }
    concerned = (
        pd.concat([filled[column].notna() for column in delivery.required_values if column in filled], axis=1).any(
            axis=1
        )
        if delivery.required_values
        else pd.Series(True, index=frame.rows.index)
    )
    assert len(landed) == concerned.sum()
    assert sorted(landed["_source_row"]) == sorted(frame.rows.index[concerned])
    assert (record.file_rows, len(record.unreadable)) == (len(frame.rows) + frame.broken, frame.broken)
    assert record.passed_over_rows == len(frame.rows) - len(landed)
    for column, texts in filled.items():
        by_line = landed.set_index("_source_row")[column].dropna().sort_index()
        expected = texts[concerned].dropna()
        assert list(by_line.index) == list(expected.index), column
        if column not in delivery.rewrites:
            assert list(by_line.str.strip()) == list(expected), column
    for column, constant in delivery.constants.items():
        assert set(landed[column]) <= {constant}


@pytest.mark.parametrize("name", NO_RESULTS)
def test_a_file_without_results_is_refused_by_the_names_of_its_columns(
    name: str, delivered: Callable[..., tuple[District, Path]]
) -> None:
    district, path = delivered(name)
    with pytest.raises(SourceFormatError) as refusal:
        with_recognised_files(district)
    message = str(refusal.value)
    assert f"assessment_files/{path.name} is of no known layout" in message
    named = message.split("Unknown columns: ")[1].split(". ")[0].split(", ")
    header = Frame(path, 1).header
    assert len(named) >= len(header) - 2
    assert {column for column in named if not column.endswith("has no header)")} <= set(header)


@pytest.mark.parametrize("name", ASKED)
def test_what_only_the_district_knows_is_asked_for(name: str, delivered: Callable[..., tuple[District, Path]]) -> None:
    district, path = delivered(name, answered=False)
    layout, column, _ = ASKED[name]
    with pytest.raises(SourceFormatError, match=rf"{path.name}.* needs {column} from the district") as refusal:
        with_recognised_files(district)
    assert f'- {{layout: {layout}, constants: {{{column}: "..."}}}}' in str(refusal.value)
