"""Generates the sample district: draws it year by year, writes what its systems deliver, records the truth."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingestion.sample_district import deliver, layouts
from ingestion.sample_district.arrays import Floats, Ints
from ingestion.sample_district.assessments import Results, draw_results, give_some_off_grade
from ingestion.sample_district.attendance import ISS as CODE_ISS
from ingestion.sample_district.attendance import TDY, draw_attendance
from ingestion.sample_district.attendance_taken import attendance_taken_file
from ingestion.sample_district.calendars import Calendar, build_calendar
from ingestion.sample_district.cohorts import cohort_file, draw_cohorts
from ingestion.sample_district.college_exams import draw_exam_scores, exam_file
from ingestion.sample_district.control import assessment_summaries, enrollment_counts, table_totals
from ingestion.sample_district.courses import Marks, SectionSeats, draw_marks, draw_seats, offer_college_courses
from ingestion.sample_district.csv_file import CsvFile, DirtyRecord
from ingestion.sample_district.dirt import KINDS, RULE_OF_KIND, Planter
from ingestion.sample_district.discipline import draw_discipline
from ingestion.sample_district.enrollment import Roster, Spells, draw_roster, draw_spells, first_grades, stay_or_leave
from ingestion.sample_district.groups import (
    ABSENCE_EFFECTS,
    CONDUCT_EFFECTS,
    FINAL_YEAR,
    SCORE_EFFECTS,
    groups_of_year,
    reference_of,
)
from ingestion.sample_district.growth import Growth, growth_file, growth_of
from ingestion.sample_district.identifiers import Identifiers, build_identifiers
from ingestion.sample_district.invitations import count_invitations, invitation_file
from ingestion.sample_district.language_tests import draw_language_results, language_file
from ingestion.sample_district.plan import plan_goals, plan_measures, plan_reviews, plan_schools, plan_targets
from ingestion.sample_district.population import Persons, all_persons, draw_persons
from ingestion.sample_district.positions import draw_positions, position_file
from ingestion.sample_district.postsecondary import PostsecondaryRecords, detail_file, draw_postsecondary
from ingestion.sample_district.practice import action_file, draw_actions, draw_stocktakes, stocktake_file
from ingestion.sample_district.programs import draw_programs
from ingestion.sample_district.schools import Schools, build_schools
from ingestion.sample_district.staff import Staff, assign_teachers, draw_staff
from ingestion.sample_district.statuses import all_statuses, draw_designations, draw_statuses
from ingestion.sample_district.survey import draw_survey
from ingestion.sample_district.target_folder import building_folder, check_target, put_in_place
from ingestion.sample_district.training import draw_training
from ingestion.sample_district.truth import NOTES, Expected, Year, expected_of_year
from ingestion.sample_district.truth_climate import expected_climate, expected_responses
from ingestion.sample_district.truth_cohorts import expected_cohorts
from ingestion.sample_district.truth_college import Afterwards
from ingestion.sample_district.truth_courses import Earlier
from ingestion.sample_district.truth_feeds import (
    ExpectedCount,
    participation_counts,
    plan_counts,
    postsecondary_counts,
    staff_counts,
    survey_counts,
    training_counts,
)
from ingestion.sample_district.truth_lenses import History
from ingestion.sample_district.truth_practice import expected_practice
from ingestion.sample_district.truth_staff import expected_staff

SCHOOL_DAYS_PER_YEAR = 178.0


@dataclass(frozen=True)
class SampleSummary:
    """What was written: rows of each file, bytes in all, and the time it took."""

    files: dict[str, int]
    bytes: int
    seconds: float


@dataclass
class _Delivery:
    """Open files of a delivery that is being written."""

    root: Path
    stack: ExitStack
    planter: Planter
    files: dict[str, CsvFile] = field(default_factory=dict)

    def file(self, layout: str, **names: int) -> CsvFile:
        name = layout.format(**names)
        if name not in self.files:
            self.files[name] = self.stack.enter_context(CsvFile(self.root, name, layouts.HEADERS[layout]))
        return self.files[name]

    def write(self, layout: str, columns: Mapping[str, pa.Array], **names: int) -> Ints:
        """Append a block with its planted lines; return the line number of each of its rows."""
        file = self.file(layout, **names)
        return file.append(columns, self.planter.lines(file, layout, columns) if layout in KINDS else [])


def generate_sample_district(
    target: Path,
    *,
    students: int = 6000,
    schools: int = 12,
    years: int = 3,
    seed: int = 20260612,
    dirty_rate: float = 0.002,
    on_progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write the deliveries of an invented district, and the truth about it.

    Args:
        target: folder to write; an earlier sample district there is replaced, anything else is left alone.
        students: students in each school year.
        years: school years, the last of them 2025-26.
        seed: the same seed gives the same bytes.
        dirty_rate: share of each table's rows that are planted as dirty extra lines; 0 plants none.
        on_progress: called with the name of each step.

    Raises:
        SampleDistrictError: the folder holds something that is not a sample district.
    """
    started = time.monotonic()
    check_target(target)
    building = building_folder(target)
    building.mkdir(parents=True)
    try:
        files = _write_district(
            building, students, schools, years, seed, dirty_rate, on_progress or (lambda step: None)
        )
        put_in_place(building, target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return SampleSummary(files, size, time.monotonic() - started)


def _write_district(
    root: Path,
    students: int,
    school_count: int,
    year_count: int,
    seed: int,
    dirty_rate: float,
    on_progress: Callable[[str], None],
) -> dict[str, int]:
    on_progress("people")
    school_years = tuple(range(FINAL_YEAR - year_count + 1, FINAL_YEAR + 1))
    schools = build_schools(school_count, seed)
    persons, rosters = _draw_people(schools, students, school_years, seed)
    ids = build_identifiers(schools, len(persons), seed)
    dated, designations = draw_statuses(persons, rosters, seed), draw_designations(persons, seed)
    statuses = all_statuses(dated, designations)
    per_school = np.bincount(rosters[-1].schools, minlength=len(schools)).astype(np.float64)
    staff = draw_staff(schools, per_school, school_years, seed)
    calendars = [build_calendar(schools, year, seed) for year in school_years]
    spells_of_years = [
        draw_spells(schools, calendar, roster, seed) for calendar, roster in zip(calendars, rosters, strict=True)
    ]
    cohorts = draw_cohorts(persons, rosters, spells_of_years, seed)
    searched = draw_postsecondary(persons, rosters, seed)
    expected: list[Expected] = []
    earlier, history = Earlier.nothing(len(persons)), History.nothing(len(persons))
    results_before: Results | None = None
    with ExitStack() as stack:
        out = _Delivery(root, stack, Planter(ids, dirty_rate, seed))
        out.write(layouts.ORGS, deliver.orgs(schools, ids))
        out.write(layouts.ACADEMIC_SESSIONS, deliver.academic_sessions(calendars, ids))
        out.write(layouts.STATUSES, deliver.statuses(dated, ids))
        out.file(layouts.STATUSES).append(deliver.statuses(designations, ids, after=len(dated)))
        out.write(layouts.STAFF, deliver.staff_members(staff))
        training = draw_training(staff, school_years, seed)
        out.write(layouts.TRAINING, deliver.training(training))
        counts = [*staff_counts(staff, school_years), *training_counts(training)]
        positions = draw_positions(schools, staff, school_years, seed)
        out.write(layouts.POSITIONS, position_file(positions, ids))
        expected += expected_staff(schools, staff, training, positions, spells_of_years)
        for position, (calendar, spells) in enumerate(zip(calendars, spells_of_years, strict=True)):
            year = calendar.school_year
            on_progress(f"school year {year - 1}-{year}")
            groups = groups_of_year(statuses, year, len(persons))
            actions = draw_discipline(schools, calendar, persons, spells, groups, seed)
            events = draw_attendance(schools, calendar, persons, spells, groups, actions, seed)
            missed = ~np.isin(events.code, (TDY, CODE_ISS))
            absence_share: Floats = np.clip(
                np.bincount(spells.people[events.spell[missed]], minlength=len(persons)) / SCHOOL_DAYS_PER_YEAR, 0, 1
            )
            results, off_grade = give_some_off_grade(
                draw_results(schools, calendar, persons, spells, groups, absence_share, seed), seed
            )
            growth = growth_of(results, results_before, len(persons))
            results_before = results
            seats = offer_college_courses(draw_seats(persons, spells, seed))
            given = draw_marks(persons, spells, seats, absence_share, seed)
            taken = draw_programs(persons, spells, groups, absence_share, seed)
            exams = draw_exam_scores(persons, spells, seats, seed)
            language = draw_language_results(persons, spells, statuses, seed)
            following = spells_of_years[position + 1] if position + 1 < len(school_years) else None
            afterwards = Afterwards(cohorts, following, searched)
            figures, history = expected_of_year(
                schools,
                persons,
                statuses,
                Year(
                    calendar,
                    spells,
                    events,
                    actions,
                    results,
                    groups,
                    seats,
                    given,
                    taken,
                    earlier,
                    exams,
                    language,
                    growth,
                    afterwards,
                    history,
                ),
            )
            expected += figures
            earlier = earlier.after(spells, seats, given, results, language)
            out.write(layouts.CALENDAR, deliver.calendar_days(calendar, ids))
            _write_classes(out, calendar, spells, seats, given, staff, ids)
            columns = deliver.attendance(events, spells, ids)
            file = out.file(layouts.ATTENDANCE, year=year)
            planted = out.planter.lines(file, layouts.ATTENDANCE, columns)
            if year == FINAL_YEAR:
                planted += out.planter.unreadable(file, columns)
            file.append(columns, planted)
            out.write(layouts.DISCIPLINE, deliver.discipline(actions, spells, ids))
            lines = out.write(layouts.STATE_ASSESSMENT, deliver.state_assessment(results, ids), year=year)
            if dirty_rate > 0:
                for position in off_grade:
                    out.file(layouts.STATE_ASSESSMENT, year=year).note("tested_grade_mismatch", lines[position], "")
            _write_growth(out, growth, ids)
            # A vendor reports on a year in which somebody was tested.
            if len(exams):
                out.write(layouts.AP_EXAMS, exam_file(exams, ids), year=year)
            if len(language):
                out.write(layouts.LANGUAGE_TEST, language_file(language, ids), year=year)
            out.write(layouts.PROGRAMS, deliver.programs(taken, spells, ids))
            answers = draw_survey(schools, persons, spells, staff, seed)
            out.write(layouts.SURVEY, deliver.survey(answers, ids), year=year)
            expected += expected_climate(schools, answers)
            invitations = count_invitations(schools, spells, staff)
            out.write(layouts.INVITATIONS, invitation_file(invitations, ids), year=year)
            expected += expected_responses(schools, answers, invitations)
            counts += [*participation_counts(taken, spells.people), *survey_counts(answers)]
            out.write(layouts.ASSIGNMENTS, deliver.assignments(staff, calendar, ids))
        on_progress("roster")
        latest_grade, latest_school = _latest(rosters, len(persons))
        user_columns = deliver.student_users(persons, latest_grade, latest_school, ids)
        demographic_columns = deliver.demographics(persons, ids)
        users, demographics = out.file(layouts.USERS), out.file(layouts.DEMOGRAPHICS)
        dirty_users, dirty_demographics = out.planter.people(users, demographics, user_columns, demographic_columns)
        users.append(user_columns, dirty_users)
        users.append(deliver.staff_users(staff, ids))
        demographics.append(demographic_columns, dirty_demographics)
        out.write(layouts.ROLES, deliver.student_roles(persons, latest_school, ids))
        out.write(layouts.ROLES, deliver.staff_roles(staff, ids))
        counts += _write_plan(out, schools, school_years, expected)
        expected += _write_practice(out, schools, school_years, ids, seed)
        counts += _write_postsecondary(out, searched, persons, ids)
        out.write(layouts.COHORTS, cohort_file(cohorts, ids))
        expected += expected_cohorts(schools, persons, statuses, cohorts, spells_of_years)
        present = frozenset(Path(name).stem for name in out.files if name.startswith("oneroster/"))
        out.write(layouts.MANIFEST, deliver.manifest(present))
    on_progress("control totals")
    with ExitStack() as out.stack:
        delivered = tuple(out.files.values())
        homerooms = spells_of_years[-1].homerooms
        out.write(layouts.ATTENDANCE_TAKEN, attendance_taken_file(calendars[-1], homerooms, ids, seed))
        out.write(layouts.ENROLLMENT_COUNTS, enrollment_counts(spells_of_years, ids))
        out.write(layouts.ASSESSMENT_SUMMARIES, assessment_summaries(root, delivered))
        out.write(layouts.TABLE_TOTALS, table_totals(root, delivered))
    on_progress("truth")
    dirty = [record for file in out.files.values() for record in file.dirty]
    rows = {name: file.rows for name, file in sorted(out.files.items())}
    parameters = {"students": students, "schools": school_count, "years": year_count, "dirty_rate": dirty_rate}
    truth = _truth(seed, parameters, school_years, expected, counts, dirty, rows)
    (root / layouts.TRUTH).write_text(json.dumps(truth, indent=1), encoding="utf-8")
    return rows


def _write_classes(
    out: _Delivery,
    calendar: Calendar,
    spells: Spells,
    seats: SectionSeats,
    given: Marks,
    staff: Staff,
    ids: Identifiers,
) -> None:
    """Courses, homerooms and sections of a year with who is in them, and the marks given there."""
    year = calendar.school_year
    out.write(layouts.COURSES, deliver.courses(year, ids))
    homerooms = deliver.homeroom_classes(spells.homerooms, year, ids)
    sections = deliver.section_classes(seats, year, ids)
    out.write(layouts.CLASSES, homerooms)
    out.file(layouts.CLASSES).append(sections)
    lines = out.write(layouts.ENROLLMENTS, deliver.homeroom_enrollments(spells, ids))
    overlapping = np.flatnonzero(
        (spells.people[1:] == spells.people[:-1])
        & (spells.schools[1:] != spells.schools[:-1])
        & (spells.entry[1:] < spells.end[:-1])
    )
    for position in overlapping + 1:
        out.file(layouts.ENROLLMENTS).note("enrollment_overlap_primary", lines[position], "")
    enrollments = out.file(layouts.ENROLLMENTS)
    enrollments.append(deliver.section_enrollments(spells, seats, ids))
    for kind, classes, places in (
        ("homeroom", homerooms, spells.homerooms.schools),
        ("section", sections, seats.sections.schools),
    ):
        teachers = assign_teachers(staff, places, year)
        enrollments.append(deliver.teacher_enrollments(classes["sourcedId"], places, teachers, calendar, kind, ids))
    out.write(layouts.GRADES, deliver.marks(given, spells, seats, ids))


def _write_growth(out: _Delivery, growth: Growth, ids: Identifiers) -> None:
    """The state's growth file of a year that has one before it; without any the folder is empty."""
    if len(growth):
        out.write(layouts.GROWTH, growth_file(growth, ids), year=growth.school_year)
    else:
        (out.root / layouts.GROWTH).parent.mkdir(exist_ok=True)


def _write_plan(
    out: _Delivery, schools: Schools, school_years: tuple[int, ...], expected: list[Expected]
) -> list[ExpectedCount]:
    """The strategic plan and its review calendar, with baselines from the clean figures."""
    tables = {
        layouts.PLAN_GOALS: plan_goals(school_years),
        layouts.PLAN_MEASURES: plan_measures(school_years, expected),
        layouts.PLAN_TARGETS: plan_targets(school_years, expected),
        layouts.PLAN_REVIEWS: plan_reviews(school_years),
    }
    out.write(layouts.PLAN_SCHOOLS, plan_schools(schools))
    return plan_counts(*(len(out.write(layout, columns)) for layout, columns in tables.items()))


def _write_practice(
    out: _Delivery, schools: Schools, school_years: tuple[int, ...], ids: Identifiers, seed: int
) -> list[Expected]:
    """Stocktakes and actions, as the practice store exports them."""
    stocktakes = draw_stocktakes(schools, school_years, seed)
    actions = draw_actions(stocktakes, seed)
    out.write(layouts.STOCKTAKES, stocktake_file(stocktakes, ids))
    out.write(layouts.ACTIONS, action_file(actions, stocktakes, ids))
    return expected_practice(schools, stocktakes, actions)


def _write_postsecondary(
    out: _Delivery, records: PostsecondaryRecords, persons: Persons, ids: Identifiers
) -> list[ExpectedCount]:
    """What a search found of those who finished; without any there was no search and there is no file."""
    if len(records):
        out.write(layouts.POSTSECONDARY, detail_file(records, persons, ids))
    else:
        (out.root / layouts.POSTSECONDARY).parent.mkdir()
    return postsecondary_counts(records)


def _draw_people(
    schools: Schools, students: int, school_years: tuple[int, ...], seed: int
) -> tuple[Persons, list[Roster]]:
    """Everyone of all years, and each year's roster: students move up, leave, and are replaced by newcomers."""
    grades = first_grades(students, seed)
    drawn = [draw_persons(schools, grades, school_years[0], seed)]
    people = np.arange(len(drawn[0]))
    rosters: list[Roster] = []
    for position, year in enumerate(school_years):
        persons = all_persons(drawn)
        roster = draw_roster(schools, persons, people, grades, year, seed)
        rosters.append(roster)
        if position + 1 < len(school_years):
            staying, staying_grades, newcomer_grades = stay_or_leave(roster, students, seed)
            drawn.append(draw_persons(schools, newcomer_grades, school_years[position + 1], seed))
            people = np.r_[staying, np.arange(len(persons), len(persons) + len(newcomer_grades))]
            grades = np.r_[staying_grades, newcomer_grades]
    return all_persons(drawn), rosters


def _latest(rosters: list[Roster], person_count: int) -> tuple[Ints, Ints]:
    grade, school = np.zeros(person_count, dtype=np.int64), np.zeros(person_count, dtype=np.int64)
    for roster in rosters:
        grade[roster.people] = roster.grades
        school[roster.people] = roster.schools
    return grade, school


def _truth(
    seed: int,
    parameters: Mapping[str, float],
    school_years: tuple[int, ...],
    expected: list[Expected],
    counts: list[ExpectedCount],
    dirty: list[DirtyRecord],
    rows: Mapping[str, int],
) -> dict[str, object]:
    return {
        "format": 1,
        "seed": seed,
        "parameters": dict(parameters),
        "school_years": list(school_years),
        "notes": list(NOTES),
        "planted_gaps": _planted_gaps(expected),
        "expected": [asdict(figure) for figure in expected],
        "expected_counts": [asdict(count) for count in counts],
        "dirty": [
            {
                "kind": record.kind,
                "rule_id": RULE_OF_KIND[record.kind],
                "file": record.file,
                "line": record.line,
                "key": record.key,
                "natural": record.natural,
            }
            for record in dirty
        ],
        "counts": dict(rows),
    }


def _planted_gaps(expected: list[Expected]) -> list[dict[str, object]]:
    """What was planted on groups in each year, and the gap that the clean counts show, in the metric's unit."""
    figures = {
        (figure.school_year, figure.metric, figure.dimension, figure.member): figure
        for figure in expected
        if figure.scope == "district"
    }
    gaps: list[dict[str, object]] = []
    for school_year in sorted({figure.school_year for figure in expected}):
        for metric, effects, unit in (
            ("chronic_absence_rate", ABSENCE_EFFECTS, 100.0),
            ("oss_rate", CONDUCT_EFFECTS, 100.0),
            ("distance_from_standard_ela", SCORE_EFFECTS, 1.0),
            ("distance_from_standard_math", SCORE_EFFECTS, 1.0),
        ):
            for effect in effects:
                group = figures.get((school_year, metric, effect.dimension, effect.group))
                reference = figures.get((school_year, metric, effect.dimension, reference_of(effect)))
                if group is None or reference is None:
                    continue
                gaps.append(
                    {
                        "metric": metric,
                        "dimension": effect.dimension,
                        "group": effect.group,
                        "reference": reference_of(effect),
                        "school_year": school_year,
                        "planted_effect": round(effect.in_year(school_year), 4),
                        "expected_gap": unit * (group.value - reference.value),
                        "n_group": group.denominator,
                        "n_reference": reference.denominator,
                    }
                )
    return gaps
