"""The sample district: the same seed gives the same bytes, and what truth.json says is what the files hold."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.sample_district import layouts
from ingestion.sample_district.dirt import RULE_OF_KIND, heal_defect, plant_defect
from ingestion.sample_district.generate import generate_sample_district
from ingestion.sample_district.target_folder import SampleDistrictError

YEARS = (2025, 2026)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small district without planted dirt."""
    target = tmp_path_factory.mktemp("clean") / "delivered"
    generate_sample_district(target, students=400, schools=4, years=2, dirty_rate=0)
    return target


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dirty") / "delivered"
    generate_sample_district(target, students=400, schools=4, years=2)
    return target


def truth(target: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((target / "truth.json").read_text())
    return found


def read(target: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(target / name, dtype=str, keep_default_na=False)


def digests(target: Path) -> dict[str, str]:
    return {
        path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in target.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(dirty: Path, tmp_path: Path) -> None:
    generate_sample_district(tmp_path / "again", students=400, schools=4, years=2)
    generate_sample_district(tmp_path / "other", students=400, schools=4, years=2, seed=1)
    assert digests(tmp_path / "again") == digests(dirty)
    assert digests(tmp_path / "other")["oneroster/users.csv"] != digests(dirty)["oneroster/users.csv"]


def test_files_have_the_headers_of_their_layouts(clean: Path) -> None:
    for layout, header in layouts.HEADERS.items():
        # The first year has no growth.
        for year in YEARS[1:] if layout == layouts.GROWTH else YEARS:
            with (clean / layout.format(year=year)).open() as file:
                assert tuple(next(csv.reader(file))) == header


def test_a_bulk_bundle_leaves_status_and_modification_blank_and_its_manifest_is_true(clean: Path) -> None:
    manifest = dict(read(clean, "oneroster/manifest.csv").itertuples(index=False, name=None))
    assert manifest["oneroster.version"] == "1.2"
    for name in layouts.ONEROSTER_FILES:
        expected = "bulk" if (clean / "oneroster" / f"{name}.csv").exists() else "absent"
        assert manifest[f"file.{name}"] == expected
    for path in (clean / "oneroster").glob("[!m]*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert set(frame["status"]) | set(frame["dateLastModified"]) == {""}, path.name


def test_every_reference_leads_somewhere(clean: Path) -> None:
    users, orgs = read(clean, "oneroster/users.csv"), read(clean, "oneroster/orgs.csv")
    classes, seats = read(clean, "oneroster/classes.csv"), read(clean, "oneroster/enrollments.csv")
    assert users["sourcedId"].is_unique
    assert seats["sourcedId"].is_unique
    assert set(seats["userSourcedId"]) <= set(users["sourcedId"])
    assert set(seats["classSourcedId"]) <= set(classes["sourcedId"])
    assert set(seats["schoolSourcedId"]) <= set(orgs["sourcedId"])
    assert (seats["beginDate"] < seats["endDate"]).all()
    for year in YEARS:
        attendance = read(clean, f"sis/attendance_{year}.csv")
        assert attendance["attendance_id"].is_unique
        assert set(attendance["student_id"]) <= set(users["identifier"])
        assert not attendance.duplicated(["student_id", "school_id", "attendance_date"]).any()
    assert set(read(clean, "hr/assignments.csv")["staff_id"]) <= set(read(clean, "hr/staff.csv")["staff_id"])


def test_there_are_transfers_overlaps_and_statuses_that_change(clean: Path) -> None:
    classes, seats = read(clean, "oneroster/classes.csv"), read(clean, "oneroster/enrollments.csv")
    homerooms = seats[
        seats["classSourcedId"].isin(classes.loc[classes["classType"] == "homeroom", "sourcedId"])
        & (seats["role"] == "student")
    ]
    by_student = homerooms.sort_values("beginDate").groupby("userSourcedId")
    pairs = homerooms.sort_values("beginDate").assign(
        earlier_end=by_student["endDate"].shift(), earlier_school=by_student["schoolSourcedId"].shift()
    )
    moved = pairs[pairs["earlier_school"].notna() & (pairs["earlier_school"] != pairs["schoolSourcedId"])]
    assert len(moved) > 5
    assert (moved["beginDate"] < moved["earlier_end"]).any(), "some old school forgets to record the exit"
    statuses = read(clean, "sis/statuses.csv")
    english = statuses[statuses["status_type"] == "EL"].groupby("student_id")["status_code"].agg(set)
    assert any(codes == {"EL", "RFEP"} for codes in english)
    assert set(statuses["status_type"]) == {
        "EL", "IEP", "504", "MEAL", "HOMELESS", "FOSTER", "MIGRANT", "MILITARY", "GIFTED",
    }  # fmt: skip


def test_attendance_is_worse_on_mondays_and_fridays_and_scores_fall_with_absence(clean: Path) -> None:
    events = pd.concat(read(clean, f"sis/attendance_{year}.csv") for year in YEARS)
    absences = events[events["attendance_code"].isin(["EXC", "UNX"])]
    weekdays = pd.to_datetime(absences["attendance_date"]).dt.dayofweek.value_counts()
    days = read(clean, "sis/calendar.csv")
    days = days[days["day_type"].isin(["instructional", "make_up"])]
    per_day = weekdays / pd.to_datetime(days["calendar_date"]).dt.dayofweek.value_counts()
    assert per_day[[0, 4]].min() > per_day[[1, 2, 3]].max()

    users = read(clean, "oneroster/users.csv")
    number = dict(zip(users["userIds"].str.extract(r"StateID:(\d+)")[0], users["identifier"], strict=True))
    scores = read(clean, "assessment/state_assessment_2026.csv").query("test_status == 'VALID' and subject == 'ELA'")
    missed = read(clean, "sis/attendance_2026.csv")["student_id"].value_counts()
    absent = scores["ssid"].map(number).map(missed).fillna(0).astype(float)
    assert scores["scale_score"].astype(float).corr(absent) < -0.1


def test_scores_of_two_years_go_together(clean: Path) -> None:
    def of(year: int) -> pd.Series:
        frame = read(clean, f"assessment/state_assessment_{year}.csv").query("test_status == 'VALID'")
        return frame.set_index(["ssid", "subject"])["scale_score"].astype(float)

    both = pd.concat([of(2025), of(2026)], axis=1, join="inner")
    assert len(both) > 50
    assert 0.5 < both.iloc[:, 0].corr(both.iloc[:, 1]) < 0.95


def test_truth_equals_a_recount_of_the_files(clean: Path) -> None:
    expected = {
        (row["metric"], row["school_year"]): (row["numerator"], row["denominator"])
        for row in truth(clean)["expected"]
        if row["scope"] == "district" and row["dimension"] is None
    }
    discipline = read(clean, "sis/discipline.csv")
    dates = pd.to_datetime(discipline["incident_date"])
    discipline["year"] = dates.dt.year + (dates.dt.month >= 7)
    seats = read(clean, "oneroster/enrollments.csv").query("role == 'student'")
    begun = pd.to_datetime(seats["beginDate"])
    seats = seats.assign(year=begun.dt.year + (begun.dt.month >= 7))
    cuts = {"ELA": [2432, 22, 2583], "MATH": [2436, 21, 2628]}
    for year in YEARS:
        students = seats[seats["year"] == year]["userSourcedId"].nunique()
        suspended = discipline[(discipline["year"] == year) & (discipline["action_code"] == "OSS")]["student_id"]
        assert expected["enrollment", year][0] == students
        assert expected["oss_rate", year] == (suspended.nunique(), students)
        results = read(clean, f"assessment/state_assessment_{year}.csv")
        for subject, (base, step, grade_eleven) in cuts.items():
            mine = results[results["subject"] == subject]
            valid = mine[mine["test_status"] == "VALID"]
            grade = valid["tested_grade"].astype(int)
            met = (base + step * (grade - 3)).where(grade < 11, grade_eleven)
            score = valid["scale_score"].astype(int)
            assert expected[f"participation_rate_{subject.lower()}", year] == (len(valid), len(mine))
            assert expected[f"proficiency_rate_{subject.lower()}", year] == ((score >= met).sum(), len(valid))
            assert expected[f"distance_from_standard_{subject.lower()}", year] == ((score - met).sum(), len(valid))


def test_gaps_are_planted(dirty: Path) -> None:
    gaps = truth(dirty)["planted_gaps"]
    assert {gap["school_year"] for gap in gaps} == set(YEARS)
    gaps = [gap for gap in gaps if gap["school_year"] == YEARS[-1]]
    chronic = {(g["dimension"], g["group"]): g["expected_gap"] for g in gaps if g["metric"] == "chronic_absence_rate"}
    assert chronic["economic_disadvantage", "yes"] > 5
    scores = {(g["dimension"], g["group"]): g["expected_gap"] for g in gaps if g["metric"].startswith("distance")}
    assert scores["disability", "yes"] < -20


def test_every_kind_of_dirt_is_planted_and_stands_where_truth_says(dirty: Path) -> None:
    records = truth(dirty)["dirty"]
    kinds = Counter(record["kind"] for record in records)
    assert len(kinds) >= 25
    assert set(kinds) == set(RULE_OF_KIND)
    lines = {name: (dirty / name).read_text().splitlines() for name in {record["file"] for record in records}}
    telling = {
        "attendance_code_unmapped": "ZZZ",
        "attendance_date_unparseable": "31.31.2026",
        "calendar_day_type_unmapped": "half_moon",
        "score_out_of_scale": "9999",
        "status_type_unknown": "SNOW",
        "birth_date_invalid": "2013-45-12",
        "unreadable_line": ",,note, with a comma",
        "enrollment_date_unparseable": "first day",
    }
    seen: set[str] = set()
    for record in records:
        line = lines[record["file"]][record["line"] - 1]
        assert record["rule_id"] == RULE_OF_KIND[record["kind"]]
        if record["kind"] in telling:
            assert telling[record["kind"]] in line, record
            seen.add(record["kind"])
        if record["key"] and record["file"] != "sis/calendar.csv":
            assert record["key"] in line, record
    assert seen == set(telling)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("attendance_outside_enrollment", "sis/attendance_2026.csv"),
        ("discipline_student_not_enrolled", "sis/discipline.csv"),
    ],
)
def test_records_planted_elsewhere_name_a_school_of_a_level_that_the_student_was_not_at(
    tmp_path: Path, kind: str, name: str
) -> None:
    # Twelve schools, so that more than half of them are elementary.
    target = tmp_path / "delivered"
    generate_sample_district(target, students=600, schools=12, years=1, dirty_rate=0.05)
    users, orgs = read(target, "oneroster/users.csv"), read(target, "oneroster/orgs.csv")
    seats = read(target, "oneroster/enrollments.csv")
    numbers = seats["userSourcedId"].map(dict(zip(users["sourcedId"], users["identifier"], strict=True)))
    schools = seats["schoolSourcedId"].map(dict(zip(orgs["sourcedId"], orgs["identifier"], strict=True)))
    attended = set(zip(numbers, schools.str[:2], strict=True))
    lines = (target / name).read_text().splitlines()
    header = lines[0].split(",")
    planted = [r for r in truth(target)["dirty"] if r["kind"] == kind and r["file"] == name]
    assert planted
    for record in planted:
        row = dict(zip(header, lines[record["line"] - 1].split(","), strict=True))
        assert (row["student_id"], row["school_id"][:2]) not in attended


def test_planted_dirt_leaves_the_clean_rows_as_they_were(clean: Path, dirty: Path) -> None:
    planted = {(r["file"], r["line"]) for r in truth(dirty)["dirty"] if not r["natural"]}
    name = "sis/attendance_2026.csv"
    kept = [
        line
        for number, line in enumerate((dirty / name).read_text().splitlines(), start=1)
        if (name, number) not in planted
    ]
    assert kept == (clean / name).read_text().splitlines()


def test_a_rate_of_zero_plants_nothing(clean: Path) -> None:
    assert truth(clean)["dirty"] == [] or all(record["natural"] for record in truth(clean)["dirty"])


@pytest.mark.parametrize(
    "kind",
    ["attendance_code_unmapped", "score_out_of_scale", "enrollment_exit_before_entry", "empty_file", "renamed_column"],
)
def test_a_planted_defect_heals_to_the_same_bytes(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "delivered"
    generate_sample_district(target, students=100, schools=3, years=1)
    before = digests(target)
    spoilt = plant_defect(target, kind, 0.3)
    changed = [name for name, digest in digests(target).items() if before.get(name, digest) != digest]
    assert len(changed) == 1
    assert spoilt > 0 or kind == "renamed_column"
    heal_defect(target, kind)
    assert digests(target) == before


def test_a_second_defect_in_a_file_is_refused_so_that_the_original_is_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "delivered"
    generate_sample_district(target, students=100, schools=3, years=1)
    before = digests(target)
    plant_defect(target, "attendance_code_unmapped", 0.3)
    with pytest.raises(ValueError, match="heal that one first"):
        plant_defect(target, "renamed_column", 1.0)
    heal_defect(target, "attendance_code_unmapped")
    assert digests(target) == before


def test_a_generation_that_stops_half_way_leaves_the_earlier_district_whole(tmp_path: Path) -> None:
    target = tmp_path / "delivered"
    generate_sample_district(target, students=100, schools=3, years=1)
    before = digests(target)

    def stop(step: str) -> None:
        if step == "roster":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_sample_district(target, students=100, schools=3, years=1, seed=2, on_progress=stop)
    assert digests(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["delivered"]


def test_what_a_killed_generation_left_behind_is_cleared_and_neighbours_are_not(tmp_path: Path) -> None:
    (tmp_path / ".delivered-being-written-1234").mkdir()
    (tmp_path / ".delivered-notes").mkdir()
    generate_sample_district(tmp_path / "delivered", students=100, schools=3, years=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".delivered-notes", "delivered"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SampleDistrictError, match="not a sample district"):
        generate_sample_district(tmp_path, students=100, schools=3, years=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_district_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "delivered"
    generate_sample_district(target, students=100, schools=3, years=2)
    generate_sample_district(target, students=100, schools=3, years=1)
    assert not (target / "sis/attendance_2025.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["delivered"]


DUPLICATED = {"suspension_incidents_per_100", "days_missed_per_100", "mobility_incidence"}
"""Metrics that count a student as often as something happened."""
MEANS = ("distance", "gpa_mean", "scale_score_mean", "score_gain_mean", "sgp_mean", "student_teacher_ratio")


OVERLAPPING = {"race_spd15", "program", "program_dosage"}
"""A student may be in several of their groups, which do not add up to the total."""


@given(students=st.integers(60, 250), schools=st.integers(3, 8), years=st.integers(1, 3), seed=st.integers(0, 2**31))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_keep_their_bounds_for_any_size_and_seed(
    tmp_path_factory: pytest.TempPathFactory, students: int, schools: int, years: int, seed: int
) -> None:
    target = tmp_path_factory.mktemp("any") / "delivered"
    generate_sample_district(target, students=students, schools=schools, years=years, seed=seed)
    totals: dict[tuple[str, int], float] = {}
    parts: dict[tuple[str, int, str], float] = {}
    for row in truth(target)["expected"]:
        if row["denominator"] is not None and not row["metric"].startswith(MEANS):
            assert row["numerator"] >= 0, row
            assert row["numerator"] <= row["denominator"] or row["metric"] in DUPLICATED, row
        if row["scope"] == "district":
            if row["dimension"] is None:
                totals[row["metric"], row["school_year"]] = row["numerator"]
            elif row["dimension"] not in OVERLAPPING:
                key = row["metric"], row["school_year"], row["dimension"]
                parts[key] = parts.get(key, 0) + row["numerator"]
    assert len(totals) >= 10 * years
    for (metric, year, dimension), numerator in parts.items():
        assert numerator == pytest.approx(totals[metric, year]), (metric, year, dimension)
