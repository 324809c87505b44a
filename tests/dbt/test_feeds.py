"""The feeds beside the roster, from delivered file to mart: the marts hold what the sample's truth file counts."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.district import District, read_district
from ingestion.landing import land
from ingestion.mapping import SYSTEMS
from ingestion.sample_district.generate import generate_sample_district
from quality.quarantine import create_quarantine_tables
from tests.dbt.conftest import BuiltDistrict, ParsedProject, run_dbt
from tests.dbt.raw_district import RawDistrict

DISTRICT_FILE = Path(__file__).parents[2] / "ingestion" / "sample_district" / "district.yml"
MARTS = (
    "dim_staff",
    "fct_staff_assignment",
    "fct_program_participation",
    "fct_survey_response",
    "mart_survey_answer_by_scope",
    "mart_staff_year_by_scope",
    "mart_training_record_by_scope",
    "mart_school_staffing_by_scope",
    "mart_survey_response_by_scope",
    "mart_stocktake_by_scope",
    "mart_practice_action_by_scope",
    "mart_graduation_cohort_by_scope",
    "mart_student_year_by_scope",
    "fct_training_record",
    "fct_postsecondary_enrollment",
    "fct_student_growth",
    "dim_plan_goal",
    "dim_plan_measure",
    "fct_plan_target",
    "dim_review_meeting",
    "dim_student",
    "mart_source_match",
)
# Only tests whose tables are all built.
BUILD = [
    "build",
    "--select",
    *(f"+{mart}" for mart in MARTS),
    "--indirect-selection",
    "cautious",
    "--exclude-resource-type",
    "unit_test",
]
COUNTED = {
    ("program_participations", "participations"): "select school_year, count(*) from fct_program_participation",
    ("program_participations", "students"): "select school_year, count(distinct student_key) "
    "from fct_program_participation",
    ("program_participations", "sessions"): "select school_year, sum(sessions_attended) from fct_program_participation",
    ("program_participations", "days"): "select school_year, sum(days_in_program) from fct_program_participation",
    ("survey_responses", "answers"): "select school_year, count(*) from fct_survey_response",
    ("survey_responses", "favourable_answers"): "select school_year, count(*) filter (where is_favorable) "
    "from fct_survey_response",
    ("staff_members", "staff"): "select null, count(*) from dim_staff",
    ("staff_assignments", "assignments"): "select school_year, count(*) from fct_staff_assignment",
    ("staff_assignments", "fte"): "select school_year, sum(fte) from fct_staff_assignment",
    ("training_records", "records"): "select school_year, count(*) from fct_training_record",
    ("training_records", "completed"): "select school_year, count(*) filter (where is_completed) "
    "from fct_training_record",
    ("training_records", "hours_completed"): "select school_year, sum(hours_completed) from fct_training_record",
    ("postsecondary_enrollments", "students"): "select null, count(distinct student_key) "
    "from fct_postsecondary_enrollment",
    ("postsecondary_enrollments", "students_found"): "select null, count(distinct student_key) "
    "filter (where is_found) from fct_postsecondary_enrollment",
    ("postsecondary_enrollments", "terms"): "select null, count(begins_on) from fct_postsecondary_enrollment",
    ("postsecondary_enrollments", "degrees"): "select null, count(*) filter (where has_graduated) "
    "from fct_postsecondary_enrollment",
    ("plan", "goals"): "select null, count(*) from dim_plan_goal",
    ("plan", "measures"): "select null, count(*) from dim_plan_measure",
    ("plan", "targets"): "select null, count(*) from fct_plan_target",
    ("plan", "reviews"): "select null, count(*) from dim_review_meeting",
}
"""For each counted measure: the year (null where the feed has none) and the count as the marts have it."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> Path:
    """Folder of a clean sample district, landed and built as far as the feeds go."""
    folder = tmp_path_factory.mktemp("sample")
    generate_sample_district(folder / "delivered", students=700, schools=4, years=3, dirty_rate=0)
    (folder / "district.yml").write_text(DISTRICT_FILE.read_text())
    district: District = read_district(folder / "district.yml")
    for system in SYSTEMS:
        if system in district.sources:
            land(system, district, folder / "district.duckdb", folder / "dlt")
    with duckdb.connect(str(folder / "district.duckdb")) as connection:
        create_quarantine_tables(connection)
    result = run_dbt(BUILD, folder / "district.duckdb", folder / "target", parsed_project.manifest)
    assert result.success, result.exception
    return folder


def rows(sample: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(sample / "district.duckdb"), read_only=True) as connection:
        connection.execute("use marts")
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(("feed", "measure"), COUNTED, ids=str)
def test_marts_hold_what_the_truth_file_counts(sample: Path, feed: str, measure: str) -> None:
    truth = json.loads((sample / "delivered" / "truth.json").read_text())["expected_counts"]
    expected = {c["school_year"]: c["value"] for c in truth if (c["feed"], c["measure"]) == (feed, measure)}
    counted = {year: float(str(value)) for year, value in rows(sample, f"{COUNTED[feed, measure]} group by 1")}
    assert expected
    assert counted == expected


def test_every_measure_that_the_truth_file_counts_is_looked_for(sample: Path) -> None:
    truth = json.loads((sample / "delivered" / "truth.json").read_text())["expected_counts"]
    # A response in which every item was left blank has no answer, so responses cannot be counted in the mart.
    assert {(c["feed"], c["measure"]) for c in truth} - {("survey_responses", "responses")} == set(COUNTED)


@pytest.mark.parametrize("lens", ["school", "grade_level", "race_ethnicity", "respondent_type", "survey_topic"])
def test_survey_answers_equal_a_recount_of_the_delivered_files(sample: Path, lens: str) -> None:
    delivered = pd.concat(
        [pd.read_csv(path, dtype=str) for path in sorted((sample / "delivered" / "survey").glob("*.csv"))]
    )
    items = [column for column in delivered if column.startswith("q_")]
    answers = delivered.melt([c for c in delivered if c not in items], items, "survey_topic", "answer").dropna(
        subset="answer"
    )
    answers["survey_topic"] = answers["survey_topic"].str.removeprefix("q_")
    answers = answers.rename(columns={"school_id": "school", "grade": "grade_level"})
    answers[["grade_level", "race_ethnicity"]] = answers[["grade_level", "race_ethnicity"]].fillna("unknown")
    answers["favorable"] = answers["answer"].astype(int) >= 4
    recounted = {
        (int(year), member): (len(part), int(part["favorable"].sum()), part["response_id"].nunique())
        for (year, member), part in answers.groupby(["school_year", lens])
    }
    scope = "school" if lens == "school" else "district"
    found = rows(
        sample,
        f"select school_year, {lens}, sum(is_answered), sum(is_favorable), count(distinct survey_response_key) "
        f"from mart_survey_answer_by_scope where scope = '{scope}' group by all",
    )
    assert len(recounted) > 5
    assert {(year, member): tuple(counts) for year, member, *counts in found} == recounted


def delivered_staff(sample: Path) -> pd.DataFrame:
    """Teachers' assignments of every year, with their experience in that year."""
    hr = sample / "delivered" / "hr"
    staff = pd.read_csv(next(hr.glob("staff*.csv")), dtype=str)
    assignments = pd.read_csv(next(hr.glob("*assignments*.csv")), dtype=str)
    joined = assignments.merge(staff, on="staff_id")
    joined = joined[joined["job_title"] == "Teacher"].assign(year=joined["school_year"].astype(int))
    hired = pd.to_datetime(joined["hire_date"])
    hired_in = hired.dt.year + (hired.dt.month >= 7)
    joined["experience"] = joined["years_experience_at_hire"].astype(float) + joined["year"] - hired_in
    return joined.assign(fte=joined["fte_x"].astype(float))


@pytest.mark.parametrize("scope", ["district", "school"])
def test_teachers_equal_a_recount_of_the_delivered_files(sample: Path, scope: str) -> None:
    teachers = delivered_staff(sample).assign(
        place=lambda frame: frame["school_id"] if scope == "school" else "district"
    )
    taught = {(place, year): set(part["staff_id"]) for (place, year), part in teachers.groupby(["place", "year"])}
    years = sorted(teachers["year"].unique())
    recounted = {}
    for place in teachers["place"].unique():
        for year in years:
            before = taught.get((place, year - 1), set()) if year > years[0] else set()
            part = teachers[(teachers["place"] == place) & (teachers["year"] == year)]
            new = part[part["experience"] < 3]
            counts = (len(before), len(before & taught.get((place, year), set())), part["fte"].sum(), new["fte"].sum())
            if any(counts):
                recounted[year, place] = counts
    found = rows(
        sample,
        "select school_year, school, sum(was_teacher_before), sum(is_retained_teacher), sum(teacher_fte_known), "
        f"sum(teacher_fte_inexperienced) from mart_staff_year_by_scope where scope = '{scope}' group by all",
    )
    as_counted = {(year, place): tuple(float(str(count)) for count in counts) for year, place, *counts in found}
    assert {key: counts for key, counts in as_counted.items() if any(counts)} == recounted


def test_trainings_equal_a_recount_of_the_delivered_files(sample: Path) -> None:
    hr = sample / "delivered"
    records = pd.read_csv(next((hr / "training").glob("*.csv")), dtype=str)
    enrolled = pd.to_datetime(records["enrolled_on"])
    records["year"] = enrolled.dt.year + (enrolled.dt.month >= 7)
    records["completed"] = records["status"].str.lower() == "completed"
    recounted = {
        int(year): (len(part), int(part["completed"].sum()), part["staff_id"].nunique())
        for year, part in records.groupby("year")
    }
    found = rows(
        sample,
        "select school_year, sum(is_enrolled), sum(is_completed), count(distinct trainee_key) "
        "from mart_training_record_by_scope where scope = 'district' group by 1",
    )
    assert {year: tuple(counts) for year, *counts in found} == recounted
    by_school = rows(sample, "select sum(is_enrolled) from mart_training_record_by_scope where scope = 'school'")
    assert by_school == [(len(records),)], "everybody of the sample works in one school"


def delivered(sample: Path, pattern: str) -> pd.DataFrame:
    """A feed's files as one table of text; what is empty is empty text."""
    files = sorted((sample / "delivered").glob(pattern))
    return pd.concat([pd.read_csv(file, dtype=str, keep_default_na=False) for file in files], ignore_index=True)


def counted(sample: Path, sql: str) -> dict[tuple[object, ...], tuple[float, ...]]:
    """Year and place -> counts, without places where nothing is counted."""
    found = {(year, place): tuple(float(str(n)) for n in counts) for year, place, *counts in rows(sample, sql)}
    return {key: counts for key, counts in found.items() if any(counts)}


@pytest.mark.parametrize(("metric", "years"), [("acgr_4yr", 4), ("acgr_5yr", 5)])
def test_graduates_equal_a_recount_of_the_cohort_list(sample: Path, metric: str, years: int) -> None:
    cohorts = delivered(sample, "graduation/*.csv")
    recounted: dict[tuple[object, ...], tuple[float, ...]] = {}
    for year in (2024, 2025, 2026):
        in_time = (cohorts["exit_date"] != "") & (cohorts["exit_date"] <= f"{year}-08-31")
        left = in_time & cohorts["exit_code"].isin(["TRANSFER", "EMIGRATED"])
        members = cohorts[(cohorts["grade9_school_year"] == str(year - years + 1)) & ~left]
        graduated = in_time[members.index] & (members["exit_code"] == "GRAD")
        recounted[year, "district"] = (len(members), int(graduated.sum()))
        for school, part in members.groupby("school_id"):
            recounted[year, school] = (len(part), int(graduated[part.index].sum()))
    found = counted(
        sample,
        f"select school_year, school, sum(is_{metric}_eligible), sum(is_{metric}_graduate) "
        "from mart_graduation_cohort_by_scope group by all",
    )
    assert found == recounted
    assert rows(sample, f"select sum(is_{metric}_unknown) from mart_graduation_cohort_by_scope") == [(0,)]


def test_dropouts_equal_a_recount_of_homerooms_and_the_cohort_list(sample: Path) -> None:
    seats, rooms = delivered(sample, "oneroster/enrollments.csv"), delivered(sample, "oneroster/classes.csv")
    users = delivered(sample, "oneroster/users.csv").set_index("sourcedId")["identifier"]
    rooms = rooms[rooms["classType"] == "homeroom"].set_index("sourcedId")["grades"]
    stays = seats[seats["classSourcedId"].isin(rooms.index) & (seats["role"] == "student")].copy()
    stays["grade"] = stays["classSourcedId"].map(rooms)
    stays["student"] = stays["userSourcedId"].map(users)

    def in_membership(day: str) -> pd.DataFrame:
        return stays[(stays["beginDate"] <= day) & (stays["endDate"] > day)]

    cohorts = delivered(sample, "graduation/*.csv").set_index("student_id")
    recounted = {}
    for year in (2024, 2025):
        before, after = f"{year - 1}-10-01", f"{year}-10-01"
        of_year = stays[spring_year(stays["beginDate"]) == year].sort_values(["beginDate", "endDate"])
        grade = of_year.groupby("student")["grade"].last()
        here = set(in_membership(before)["student"])
        high = {student for student in here if grade[student] in ("09", "10", "11", "12")}
        gone = high - set(in_membership(after)["student"])
        exits = cohorts.reindex(sorted(gone))
        explained = exits["exit_code"].isin(["GRAD", "CERT", "TRANSFER", "EMIGRATED"]) & (exits["exit_date"] < after)
        recounted[year, "district"] = (len(high), len(gone) - int(explained.sum()))
    found = counted(
        sample,
        "select school_year, school, sum(is_dropout_eligible), sum(is_dropout) from mart_student_year_by_scope "
        "where scope = 'district' group by all",
    )
    assert found == recounted
    unknown = rows(sample, "select school_year, sum(is_dropout_unknown) > 0 from mart_student_district_year group by 1")
    assert dict(unknown) == {2024: False, 2025: False, 2026: True}


def test_graduates_in_college_equal_a_recount_of_the_search(sample: Path) -> None:
    cohorts, search = delivered(sample, "graduation/*.csv"), delivered(sample, "postsecondary/*.csv")
    search["student"] = search["Your Unique Identifier"].str.removesuffix("_")
    terms = search[search["Enrollment Begin"] != ""]

    def enrolled(first: str, last: str) -> set[str]:
        return set(terms[(terms["Enrollment Begin"] <= last) & (terms["Enrollment End"] >= first)]["student"])

    recounted = {}
    for year in (2024, 2025):
        graduated = cohorts[(cohorts["exit_code"] == "GRAD") & (cohorts["exit_date"].str.startswith(str(year)))]
        sought = set(graduated["student_id"]) & set(search["student"])
        first = sought & enrolled(f"{year}0815", f"{year}1031")
        starters = sought & enrolled(f"{year}0815", f"{year + 1}0814") if year == 2024 else set()
        again = starters & enrolled(f"{year + 1}0815", f"{year + 1}1031")
        recounted[year, "district"] = (len(sought), len(first), len(starters), len(again))
    assert (
        counted(
            sample,
            "select school_year, school, sum(is_first_fall_known), sum(is_in_college_first_fall), "
            "sum(is_second_fall_known), sum(is_in_college_second_fall) from mart_student_district_year group by all",
        )
        == recounted
    )


def test_college_courses_and_exams_equal_a_recount_of_marks_and_scores(sample: Path) -> None:
    marks, exams = delivered(sample, "sis/grades.csv"), delivered(sample, "assessment/ap_scores_*.csv")
    final = marks[(marks["is_final"] == "true") & marks["school_year"].isin(["2024", "2025", "2026"])]
    recounted = {}
    for year, part in final.groupby("school_year"):
        dual = part[part["course_code"] == "DEENG"]
        passed = dual[dual["letter_mark"].isin(["A", "B", "C"])]
        scores = exams[exams["Admin Year 01"] == str(year)[-2:]]
        recounted[int(str(year)), "district"] = (
            part[part["course_title"].str.startswith("AP ")]["student_id"].nunique(),
            dual["student_id"].nunique(),
            passed["student_id"].nunique(),
            scores["Student Identifier"].nunique(),
            scores[scores["Exam Grade 01"].isin(["3", "4", "5"])]["Student Identifier"].nunique(),
        )
    assert (
        counted(
            sample,
            "select school_year, school, sum(has_ap_course), sum(is_dual_enrolled), sum(has_dual_enrollment_success), "
            "sum(is_ap_tested), sum(has_ap_success) from mart_student_district_year group by all",
        )
        == recounted
    )


def test_progress_in_english_equals_a_recount_of_the_test_files(sample: Path) -> None:
    results = delivered(sample, "assessment/access_*.csv")
    results["year"] = spring_year(results["Test Completion Date"])
    results["level"] = results["Proficiency Level - Overall"].astype(float)
    recounted = {}
    for year in (2025, 2026):
        before = results[results["year"] == year - 1].set_index("State Student ID")["level"]
        now = results[results["year"] == year].set_index("State Student ID")["level"]
        both = pd.concat([before, now], axis=1, join="inner", keys=["before", "now"])
        gained = both["now"].astype(int) > both["before"].astype(int)
        kept = (both["before"] >= 4.5) & (both["now"] >= 4.5)
        recounted[year, "district"] = (len(both), int((gained | kept).sum()))
    assert (
        counted(
            sample,
            "select school_year, school, sum(is_el_progress_tested), sum(is_el_progressing) "
            "from mart_student_district_year group by all",
        )
        == recounted
    )


@pytest.mark.parametrize("scope", ["district", "school"])
def test_vacancies_and_response_rates_equal_a_recount_of_their_files(sample: Path, scope: str) -> None:
    def by_place(table: pd.DataFrame) -> dict[tuple[object, ...], tuple[float, ...]]:
        place = table["school_id"] if scope == "school" else "district"
        years = table["school_year"].astype(int)
        sums = table[["above", "below"]].groupby([years, place.rename("p") if scope == "school" else years * 0]).sum()
        return {
            (year, place if scope == "school" else "district"): (float(above), float(below))
            for (year, place), (above, below) in zip(sums.index, sums.to_numpy(), strict=True)
        }

    positions = delivered(sample, "hr/positions.csv")
    positions = positions[positions["job_title"] == "Teacher"]
    below = positions["budgeted_fte"].astype(float)
    positions = positions.assign(above=below - positions["filled_fte"].astype(float), below=below)
    assert counted(
        sample,
        "select school_year, school, sum(unfilled_teacher_fte), sum(budgeted_teacher_fte) "
        f"from mart_school_staffing_by_scope where scope = '{scope}' group by all",
    ) == by_place(positions)

    invited, given = delivered(sample, "survey/survey_inv*.csv"), delivered(sample, "survey/climate_*.csv")
    given = given[(given.filter(like="q_") != "").any(axis=1)].assign(above=1, below=0)
    asked = invited.assign(above=0, below=invited["invited"].astype(int))
    assert counted(
        sample,
        f"select school_year, school, sum(responded), sum(invited) from mart_survey_response_by_scope "
        f"where scope = '{scope}' group by all",
    ) == by_place(pd.concat([given, asked]))


@pytest.mark.parametrize(
    ("mart", "file", "planned", "done", "grace"),
    [
        ("mart_stocktake_by_scope", "stocktakes", "planned_on", "held_on", 7),
        ("mart_practice_action_by_scope", "actions", "due_on", "closed_on", 0),
    ],
)
def test_routines_equal_a_recount_of_the_export(
    sample: Path, mart: str, file: str, planned: str, done: str, grace: int
) -> None:
    records = delivered(sample, f"practice/{file}.csv")
    latest = pd.to_datetime(records[planned]) + pd.Timedelta(days=grace)
    happened = pd.to_datetime(records[done], errors="coerce")
    due = happened.notna() | (latest < pd.to_datetime(records["exported_on"]))
    year = spring_year(records[planned])
    recounted: dict[tuple[object, ...], tuple[float, ...]] = {}
    for (of_year, school), part in records[due].groupby([year[due], "school_id"]):
        counts = (len(part), int((happened[part.index] <= latest[part.index]).sum()))
        total = recounted.get((of_year, "district"), (0, 0))
        recounted[of_year, "district"] = (total[0] + counts[0], total[1] + counts[1])
        if school:
            recounted[of_year, school] = counts
    found = counted(sample, f"select school_year, school, sum(is_due), sum(is_on_time) from {mart} group by all")
    assert found == recounted
    assert (~due).any()


def spring_year(dates: pd.Series) -> pd.Series:
    parsed = pd.to_datetime(dates)
    return parsed.dt.year + (parsed.dt.month >= 7)


def test_everybody_is_matched(sample: Path) -> None:
    feeds = rows(
        sample,
        "select source_table, match_to, rows_total, rows_unmatched from mart_source_match "
        "where split_part(source_table, '__', 1) not in ('oneroster', 'sis_files', 'assessment_files') order by all",
    )
    assert [(table, match_to) for table, match_to, _, _ in feeds] == [
        ("graduation_files__cohorts", "student"),
        ("growth_files__percentiles", "school"),
        ("growth_files__percentiles", "student"),
        ("hr_files__assignments", "school"),
        ("hr_files__assignments", "staff"),
        ("hr_files__positions", "school"),
        ("postsecondary_files__enrollments", "student"),
        ("practice_store__actions", "school"),
        ("practice_store__stocktakes", "school"),
        ("program_files__participations", "school"),
        ("program_files__participations", "student"),
        ("survey_files__invitations", "school"),
        ("survey_files__responses", "school"),
        ("training_files__records", "staff"),
    ]
    assert {unmatched for *_, unmatched in feeds} == {0}
    for mart, flag in (
        ("fct_staff_assignment", "is_matched_to_staff"),
        ("fct_training_record", "is_matched_to_staff"),
        ("fct_program_participation", "is_matched_to_roster"),
        ("fct_postsecondary_enrollment", "is_matched_to_roster"),
        ("fct_student_growth", "is_matched_to_roster"),
    ):
        assert rows(sample, f"select bool_and({flag}) from {mart}") == [(True,)]


def test_no_name_of_staff_and_no_person_behind_an_answer_reaches_a_mart(sample: Path) -> None:
    columns = rows(
        sample, "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
    )
    assert not {column for _, column in columns} & {"given_name", "family_name", "first_name", "last_name", "email"}
    survey = {column for table, column in columns if table == "fct_survey_response"}
    assert not survey & {"student_key", "staff_key", "person_id", "submitted_on"}


def test_what_nobody_carries_is_kept_and_counted(build: Callable[..., BuiltDistrict]) -> None:
    raw = RawDistrict()
    raw.add("hr_files__staff", staff_id="E1", hire_date="2019-08-01")
    for staff in ("E1", "E9"):
        raw.add("training_files__records", record_id=staff, staff_id=staff, course_code="A", enrolled_on="2025-09-01")
        raw.add("hr_files__assignments", assignment_id=staff, staff_id=staff, school_id="101", school_year="2026")
    raw.add("program_files__participations", student_id="77", program_code="AFTER", begin_date="2025-09-01")
    built = build(raw, BUILD)
    assert built.result.success
    for mart in ("fct_training_record", "fct_staff_assignment"):
        assert sorted(built.table(f"marts.{mart}")["is_matched_to_staff"]) == [False, True]
    assert built.table("marts.dim_student")["student_number"].to_list() == ["77"]
    match = built.table("marts.mart_source_match").set_index(["source_table", "match_to"])
    assert match.loc[("training_files__records", "staff"), "rows_unmatched"] == 1
    assert match.loc[("program_files__participations", "student"), "rows_unmatched"] == 1
