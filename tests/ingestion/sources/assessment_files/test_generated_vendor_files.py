"""Vendor files that are made up here land result by result as they were made up, and their books balance."""

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.district import District
from ingestion.landing import land
from ingestion.landing_log import LandingLog
from ingestion.sources.assessment_files.recognition import with_recognised_files
from ingestion.sources.delivered_source import read_entity

Result = tuple[object, ...]
COLUMNS = ("student_id", "subject", "school_year", "window_name", "scale_score", "performance_level", "test_date")
CHANCE = random.Random(20260607)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(f'"{cell}"' for cell in line) for line in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def landed(district: District, log: LandingLog | None = None) -> list[Result]:
    tables = read_entity("assessment_files", "results", with_recognised_files(district), log or LandingLog())
    return sorted(tuple(row[column] for column in COLUMNS) for table in tables for row in table.to_pylist())


def map_growth(path: Path, students: int) -> list[Result]:
    """A MAP Growth file of two terms; returns what it says."""
    expected: list[Result] = []
    rows = []
    for term, month in (("Fall", "09"), ("Spring", "05")):
        for n in range(students):
            score = CHANCE.randint(150, 280)
            course, subject = CHANCE.choice([("Math K-12", "MATH"), ("Algebra 1", "MATH"), ("Reading", "READING")])
            on = f"{month}/{n % 28 + 1:02d}/2025"
            rows.append(
                (f"{term} 2024-2025", "Old Town", "0101", f"s{n}", course, f"{term}{n}", "Survey", on, score, "Avg")
            )
            expected.append((f"s{n}", subject, "2024-2025", term, str(score), "Avg", on))
    header = "TermName SchoolName School_StateID StudentID Course TestID TestType TestStartDate TestRITScore"
    write(path, [*header.split(), "AchievementQuintile"], rows)
    return sorted(expected)


def iready(path: Path, students: int, *, subject: str) -> list[Result]:
    """An i-Ready Diagnostic file; returns what it says."""
    domain = "Phonics" if subject == "READING" else "Geometry"
    header = ["Student ID", "Student Grade", "Academic Year", "School", "Completion Date", "Overall Scale Score"]
    header += ["Overall Placement", "Overall Relative Placement", f"{domain} Placement", "Class(es)"]
    scores = [CHANCE.randint(100, 800) for _ in range(students)]
    write(
        path,
        header,
        [
            (f"s{n}", n % 9, "2025-2026", "Old Town", f"9/{n % 28 + 1}/2025", score, "Grade 3", "On Level", "", "3B")
            for n, score in enumerate(scores)
        ],
    )
    return sorted(
        (f"s{n}", subject, "2025-2026", None, str(score), "On Level", f"9/{n % 28 + 1}/2025")
        for n, score in enumerate(scores)
    )


def wida_access(path: Path, students: int) -> list[Result]:
    """A WIDA ACCESS file in which every third student did not finish; returns what it says."""
    domains = ["Listening", "Reading", "Speaking", "Writing"]
    composites = ["Comprehension", "Oral", "Literacy"]
    scores = [*domains, *composites, "Overall"]
    header = ["State Student ID", "School Number", "Grade", "Test Completion Date", "Unique Record ID", "Reported Tier"]
    header += [f"Scale Score - {score}" for score in scores] + [f"Proficiency Level - {score}" for score in scores]
    header += [f"Do Not Score Code - {domain}" for domain in domains]
    rows, expected = [], []
    for n in range(students):
        finished = n % 3 > 0
        points = [CHANCE.randint(100, 600) if finished or score == "Listening" else "NA" for score in scores]
        levels = [f"{CHANCE.randint(10, 60) / 10:.1f}" if score != "NA" else "NA" for score in points]
        codes = ["" if finished or domain == "Listening" else "ABS" for domain in domains]
        rows.append((f"9{n:05d}", "0101", "03", "02/09/2026", f"u{n}", "A", *points, *levels, *codes))
        for score, point, level in zip(scores, points, levels, strict=True):
            if point == "NA" and score in composites:
                continue
            subject = "ELP" if score == "Overall" else f"ELP {score}"
            given = (None, None) if point == "NA" else (str(point), level)
            expected.append((f"9{n:05d}", subject, None, None, *given, "02/09/2026"))
    write(path, header, rows)
    return sorted(expected, key=str)


def sat(path: Path, students: int) -> list[Result]:
    """An SAT file; every fifth student has no mathematics score. Returns what it says."""
    header = ["CB_ID", "SECONDARY_ID", "NAME_LAST", "LATEST_SAT_DATE", "LATEST_SAT_TOTAL", "LATEST_SAT_EBRW"]
    header += ["LATEST_SAT_MATH_SECTION", "EBRW_CCR_BENCHMARK", "MATH_CCR_BENCHMARK"]
    rows, expected = [], []
    for n in range(students):
        reading, mathematics = CHANCE.randrange(200, 801, 10), CHANCE.randrange(200, 801, 10)
        met = "Y" if reading >= 480 else "N"
        on = "2026-03-14"
        rows.append((f"c{n}", f"s{n}", "Made-up", on, reading + mathematics, reading, mathematics, met, "N"))
        if n % 5 == 0:
            rows[-1] = (f"c{n}", f"s{n}", "Made-up", on, "", reading, "", met, "")
        level = "Met benchmark" if met == "Y" else "Below benchmark"
        expected.append((f"s{n}", "EBRW", None, None, str(reading), level, on))
        if n % 5:
            expected.append((f"s{n}", "MATH", None, None, str(mathematics), "Below benchmark", on))
            expected.append((f"s{n}", "TOTAL", None, None, str(reading + mathematics), None, on))
    write(path, header, rows)
    return sorted(expected, key=str)


AP_EXAMS = {"07": "US HISTORY", "66": "CALCULUS AB", "90": "STATISTICS", "36": "ENGLISH LANGUAGE", "99": "99"}


def ap(path: Path, exams: Sequence[Sequence[tuple[str, int, int]]], columns: int = 30) -> list[Result]:
    """An AP file with a list of (code, year, score) for each student, in `columns` sets of columns."""
    header = ["AP Number / AP ID", "Filler", "Filler", "Student Identifier"]
    for k in range(1, columns + 1):
        header += [f"Admin Year {k:02d}", f"Exam Code {k:02d}", f"Exam Grade {k:02d}"]
    rows = []
    for n, taken in enumerate(exams):
        cells = [cell for code, year, score in taken for cell in (f"{year % 100:02d}", code, str(score))]
        rows.append([f"p{n}", "", "", f"s{n}", *cells, *[""] * (3 * (columns - len(taken)))])
    write(path, header, rows)
    return sorted(
        (f"s{n}", AP_EXAMS[code], str(year), None, str(score), None, None)
        for n, taken in enumerate(exams)
        for code, year, score in taken
    )


@pytest.mark.parametrize(
    "generate",
    [
        map_growth,
        lambda path, students: iready(path, students, subject="READING"),
        lambda path, students: iready(path, students, subject="MATH"),
        wida_access,
        sat,
    ],
    ids=["map_growth", "iready_reading", "iready_math", "wida_access", "sat"],
)
def test_every_result_of_the_file_lands(
    generate: Callable[[Path, int], list[Result]], tmp_path: Path, assessment_district: Callable[..., District]
) -> None:
    district = assessment_district(vendors="auto")
    expected = generate(tmp_path / "delivered" / "results.csv", 40)
    tables = read_entity("assessment_files", "results", with_recognised_files(district), LandingLog())
    rows = [tuple(row[column] for column in COLUMNS) for table in tables for row in table.to_pylist()]
    assert sorted(rows, key=str) == sorted(expected, key=str)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    exams=st.lists(
        st.lists(st.tuples(st.sampled_from(sorted(AP_EXAMS)), st.integers(2015, 2026), st.integers(1, 5)), max_size=30),
        min_size=1,
        max_size=8,
    ),
    columns=st.sampled_from([30, 31]),
)
def test_however_many_exams_a_student_took_each_is_one_result_and_every_line_is_accounted_for(
    exams: list[list[tuple[str, int, int]]],
    columns: int,
    tmp_path: Path,
    assessment_district: Callable[..., District],
) -> None:
    district = assessment_district(vendors="auto")
    expected = ap(tmp_path / "delivered" / "ap.csv", exams, columns)
    log = LandingLog()
    assert landed(district, log) == expected
    assert len(log.files) == 30
    assert {record.file_rows for record in log.files} == {len(exams)}
    assert sum(record.file_rows - record.passed_over_rows for record in log.files) == len(expected)


def test_a_file_with_fewer_sets_of_columns_has_fewer_parts(
    tmp_path: Path, assessment_district: Callable[..., District]
) -> None:
    district = assessment_district(vendors="auto")
    expected = ap(tmp_path / "delivered" / "ap.csv", [[("07", 2026, 3)], [("66", 2026, 5), ("90", 2025, 4)]], 4)
    log = LandingLog()
    assert landed(district, log) == expected
    assert [record.source_file for record in log.files] == [f"ap.csv|exam_{k:02d}" for k in range(1, 5)]


class Warehouse:
    """Several vendors' files, landed together."""

    def __init__(self, folder: Path, district: District) -> None:
        self.district = district
        self.file = folder / "warehouse" / "district.duckdb"
        self.pipelines = folder / "dlt"

    def land(self) -> None:
        land("assessment_files", self.district, self.file, self.pipelines)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def imbalance(self) -> list[tuple[object, ...]]:
        return self.rows(
            "select * from raw._deliveries where file_rows <> landed_rows + superseded_rows + unreadable_rows"
        )


def test_files_of_several_vendors_land_in_one_table_and_a_corrected_file_replaces_all_its_parts(
    tmp_path: Path, assessment_district: Callable[..., District]
) -> None:
    warehouse = Warehouse(tmp_path, assessment_district(vendors="auto"))
    delivered = tmp_path / "delivered"
    expected = {
        "MAP_GROWTH": len(map_growth(delivered / "nwea" / "growth.csv", 20)),
        "IREADY": len(iready(delivered / "iready" / "ela.csv", 15, subject="READING"))
        + len(iready(delivered / "iready" / "math.csv", 15, subject="MATH")),
        "WIDA_ACCESS": len(wida_access(delivered / "access.csv", 9)),
        "SAT": len(sat(delivered / "sat.csv", 10)),
        "AP": len(ap(delivered / "ap.csv", [[("07", 2026, 3), ("90", 2026, 4)], [("66", 2026, 5)], []])),
    }

    warehouse.land()

    counts = warehouse.rows("select instrument, count(*) from raw.assessment_files__results group by 1")
    assert dict(counts) == expected
    assert warehouse.imbalance() == []
    assert warehouse.rows("select count(*), count(distinct _row_id) from raw.assessment_files__results") == [
        (sum(expected.values()),) * 2
    ]

    ap(delivered / "ap.csv", [[("07", 2026, 3)], [("66", 2026, 5)]], columns=1)
    warehouse.land()

    assert warehouse.rows(
        "select student_id, subject, scale_score from raw.assessment_files__results where instrument = 'AP' order by 1"
    ) == [("s0", "US HISTORY", "3"), ("s1", "CALCULUS AB", "5")]
    assert warehouse.imbalance() == []
    assert warehouse.rows("select distinct source_file from raw._deliveries where source_file like 'ap.csv%'") == [
        ("ap.csv|exam_01",)
    ]

    ap(delivered / "ap.csv", [[], []])
    warehouse.land()

    assert warehouse.rows("select count(*) from raw.assessment_files__results where instrument = 'AP'") == [(0,)]
    assert warehouse.imbalance() == []


def test_nothing_lands_when_one_file_is_refused(tmp_path: Path, assessment_district: Callable[..., District]) -> None:
    warehouse = Warehouse(tmp_path, assessment_district(vendors="auto"))
    sat(tmp_path / "delivered" / "sat.csv", 3)
    write(tmp_path / "delivered" / "unknown.csv", ["a", "b"], [(1, 2)])
    with pytest.raises(Exception, match=r"unknown\.csv is of no known layout\. Unknown columns: a, b"):
        warehouse.land()
    assert warehouse.rows("select count(*) from raw.assessment_files__results") == [(0,)]


def test_a_line_with_too_few_values_is_kept_apart(tmp_path: Path, assessment_district: Callable[..., District]) -> None:
    warehouse = Warehouse(tmp_path, assessment_district(vendors="auto"))
    path = tmp_path / "delivered" / "sat.csv"
    expected = sat(path, 3)
    path.write_text(path.read_text() + "c9,s9\n")
    warehouse.land()
    assert warehouse.rows("select count(*) from raw.assessment_files__results") == [(len(expected),)]
    assert warehouse.rows("select distinct source_row from raw._unreadable_lines") == [(5,)]
    assert warehouse.imbalance() == []
