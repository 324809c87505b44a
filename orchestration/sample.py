"""Generates the sample district where no district is configured."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ingestion.sample_district import as_database, generate
from ingestion.sample_district.generate import SampleSummary
from ingestion.settings import IngestionSettings

STUDENTS_PER_SCHOOL = 500
SAMPLE_DISTRICT_FILE = Path(generate.__file__).with_name("district.yml")
SAMPLE_PEOPLE_FILE = SAMPLE_DISTRICT_FILE.with_name("people.yml")


def generate_sample(
    settings: IngestionSettings,
    *,
    students: int,
    schools: int | None,
    years: int,
    seed: int,
    dirty_rate: float,
    on_progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write the sample district's deliveries and its district file under the data folder.

    Args:
        schools: about one per 500 students when None.
        dirty_rate: share of each table's rows that are planted defects.
    """
    target = settings.sample_dir
    target.mkdir(parents=True, exist_ok=True)
    summary = generate.generate_sample_district(
        target / "delivered",
        students=students,
        schools=schools or max(3, round(students / STUDENTS_PER_SCHOOL)),
        years=years,
        seed=seed,
        dirty_rate=dirty_rate,
        on_progress=on_progress,
    )
    for file in (SAMPLE_DISTRICT_FILE, SAMPLE_PEOPLE_FILE):
        shutil.copyfile(file, target / file.name)
    return summary


def keep_as_database(settings: IngestionSettings) -> tuple[Path, dict[str, int]]:
    """Write the generated sample district's roster and staff into a SQLite file, and a district file that reads it.

    Returns:
        The district file, and the rows per table.
    """
    target = settings.sample_dir
    rows = as_database.write_sqlite(target / "delivered", target / "sis.sqlite")
    district_file = target / "district_database.yml"
    shutil.copyfile(Path(as_database.__file__).with_name(district_file.name), district_file)
    return district_file, rows
