"""What the platform must find: every metric's numerator and denominator, counted from the clean arrays.

The counts follow the published definitions but share no code and no SQL with the platform. They are taken before
anything is written and before anything dirty is planted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Flags, Ints, day
from ingestion.sample_district.assessments import (
    ELA,
    MATH,
    NO_SCORE,
    SUBJECTS,
    TESTED_GRADES,
    VALID,
    Results,
    level_cuts,
)
from ingestion.sample_district.attendance import OSS as CODE_OSS
from ingestion.sample_district.attendance import TDY, UNX, AttendanceEvents
from ingestion.sample_district.calendars import DAYS_PER_YEAR, Calendar
from ingestion.sample_district.college_exams import ExamScores
from ingestion.sample_district.courses import Marks, SectionSeats
from ingestion.sample_district.discipline import EXP, ISS, OSS, DisciplineActions
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import YearGroups
from ingestion.sample_district.growth import Growth
from ingestion.sample_district.language_tests import LanguageResults
from ingestion.sample_district.population import GRADE_CODES, Persons
from ingestion.sample_district.programs import Participation
from ingestion.sample_district.schools import LEVEL_NAMES, Schools
from ingestion.sample_district.truth_college import COLLEGE_METRICS, EVERYWHERE, Afterwards, college_measures
from ingestion.sample_district.truth_courses import GPA_UNITS, Earlier, course_measures, mark_keys
from ingestion.sample_district.truth_growth import GROWTH_METRICS, growth_measures
from ingestion.sample_district.truth_lenses import (
    BANDS,
    Groups,
    History,
    Lens,
    bands,
    lenses_of_persons,
    mobility,
    overlapping_groups,
    school_groups,
)
from ingestion.sample_district.truth_membership import is_stable_year, moves_of
from ingestion.sample_district.truth_special_populations import SPECIAL_POPULATION_METRICS, special_population_measures

QUARTERS = np.array([1, 2, 4, 4])
"""Quarters of a day missed, for each position in attendance.FRACTIONS."""
METRICS: dict[str, tuple[str, str | None]] = {
    "enrollment": ("is_enrolled", None),
    "enrollment_census": ("is_enrolled_on_census", None),
    "attendance_rate": ("attended_quarters", "membership_quarters"),
    "chronic_absence_rate": ("is_chronic_federal", "is_eligible_federal"),
    "chronic_absence_rate_ca_dashboard": ("is_chronic_ca", "is_eligible_ca"),
    "oss_rate": ("has_oss", "is_enrolled"),
    "proficiency_rate_ela": ("ela_proficient", "ela_scored"),
    "proficiency_rate_math": ("math_proficient", "math_scored"),
    "participation_rate_ela": ("ela_participated", "ela_expected"),
    "participation_rate_math": ("math_participated", "math_expected"),
    "distance_from_standard_ela": ("ela_distance", "ela_scored"),
    "distance_from_standard_math": ("math_distance", "math_scored"),
    "stability_rate": ("is_stable", "is_stability_eligible"),
    # attendance
    "severe_chronic_absence_rate": ("is_chronic_severe", "is_eligible_federal"),
    "absent_20_plus_rate": ("is_absent_20_plus", "is_attendance_known"),
    "satisfactory_attendance_rate": ("is_satisfactory", "is_attendance_known"),
    "adm": ("membership_billionths", None),
    "ada": ("attendance_billionths", None),
    "truancy_rate": ("is_truant", "is_attendance_known"),
    "tardy_rate": ("tardies", "tardy_membership"),
    # discipline
    "iss_rate": ("has_iss", "is_enrolled"),
    "expulsion_rate": ("has_expulsion", "is_enrolled"),
    "suspension_incidents_per_100": ("suspension_incidents", "is_enrolled"),
    "days_missed_per_100": ("oss_days", "is_enrolled"),
    "suspension_rate_ca_dashboard": ("has_suspended_days", "is_enrolled"),
    # enrolment
    "mobility_rate": ("is_mobile", "is_stability_eligible"),
    "mobility_incidence": ("moves", "is_stability_eligible"),
    # courses
    "course_failure_rate": ("has_course_failure", "is_course_marked"),
    "grade9_core_failure_rate": ("has_grade9_core_failure", "is_grade9_core_marked"),
    "gpa_mean": ("gpa", "is_course_marked"),
    "gpa_b_rate": ("is_grade9_gpa_b", "is_grade9_gpa_known"),
    "grade9_on_track_rate": ("is_grade9_on_track", "is_grade9_on_track_eligible"),
    "credits_on_pace_rate": ("is_credits_on_pace", "is_credits_on_pace_eligible"),
    "algebra1_by_grade8_rate": ("has_algebra1_by_grade8", "is_algebra1_grade8_eligible"),
    "algebra1_by_grade9_rate": ("has_algebra1_by_grade9", "is_algebra1_grade9_eligible"),
    # achievement
    "grade3_reading_rate": ("grade3_reading_proficient", "grade3_reading_scored"),
    "scale_score_mean_ela": ("ela_scale_points", "ela_scored"),
    "scale_score_mean_math": ("math_scale_points", "math_scored"),
    "score_gain_mean_ela": ("ela_gain_points", "ela_gain_scored"),
    "score_gain_mean_math": ("math_gain_points", "math_gain_scored"),
    **COLLEGE_METRICS,
    **SPECIAL_POPULATION_METRICS,
    **GROWTH_METRICS,
}
"""Numerator and denominator (None for plain counts) of each metric."""

BILLION = 10**9
PARTS = {"attendance_rate": 4, "adm": BILLION, "ada": BILLION}
"""Metrics that are counted in parts, and how many of them make one."""

NOTES = (
    "Where a date lies in two schools' spells, it is one membership day at district scope, and the attendance event of "
    "the school with the later entry date counts.",
    "A membership day is a school day within a spell, up to the school's latest attendance event of the year.",
    "The last membership day of a spell is the day before its endDate.",
    "Chronic absence, in both variants, counts days of which at least half was missed; "
    "attendance counts parts of days.",
    "Stability is a fact of the student in the district: in membership on 1 October and from then to the last school "
    "day, at any school, with no gap of more than 10 calendar days; a student's school rows carry it unchanged.",
    "Mobility counts coming and leaving from 1 October to the last school day, with over 10 calendar days outside; "
    "of the district at district scope, of the school at school scope.",
    "At school scope a suspension counts at the school that gave it, a test at the school of 15 April.",
    "At school scope a growth percentile counts at the school of the test; the first year has none.",
    "At school scope a mark counts at the school of its section; being on track, credits on pace and Algebra I are "
    "facts of the student in the district, and each school of the student in the grade carries them.",
    "The first year has no first-time ninth graders and no gain, as nothing is known of the year before.",
    "Grade and, at district scope, school level are those of the latest spell of the year.",
    "Average daily membership and attendance sum, for each school, its days over its own days in session up "
    "to its latest attendance event, to nine decimals a spell; the district adds up its schools, so dates in two "
    "schools are in both.",
    "Counts have no denominator. Members without anyone in the denominator are not listed.",
    "Groups are those of students ever in the status between 1 July and 30 June.",
    "Of race_spd15, program and program_dosage a student may be in several groups, so their figures do not add up.",
    "Prior lenses are those of the school year before; the first year has none.",
)


@dataclass(frozen=True)
class Year:
    """Everything that happened in one school year."""

    calendar: Calendar
    spells: Spells
    events: AttendanceEvents
    actions: DisciplineActions
    results: Results
    groups: YearGroups
    seats: SectionSeats
    marks: Marks
    taken: Participation
    earlier: Earlier
    exams: ExamScores
    language: LanguageResults
    growth: Growth
    afterwards: Afterwards
    history: History


@dataclass(frozen=True)
class StudentYears:
    """One scope's table: a row per student (district) or per student and school (school).

    people: the person of each row.
    lenses: for each dimension the position of the row's member, and the members' names.
    groups: for each dimension whose groups overlap, which rows are in which of them.
    measures: whole numbers by name.
    """

    scope: str
    people: Ints
    lenses: dict[str, Lens]
    groups: dict[str, Groups]
    measures: dict[str, Ints]


@dataclass(frozen=True)
class Expected:
    """One figure: `dimension` and `member` are None for the total; `denominator` is None for a count."""

    metric: str
    school_year: int
    scope: str
    dimension: str | None
    member: str | None
    numerator: float
    denominator: float | None

    @property
    def value(self) -> float:
        """The figure itself."""
        return self.numerator if self.denominator is None else self.numerator / self.denominator


def expected_of_year(
    schools: Schools, persons: Persons, statuses: status.Statuses, year: Year
) -> tuple[list[Expected], History]:
    """Count every metric of one year, at both scopes, in total and for each member of each dimension.

    Returns the figures, and what the year leaves behind for the next.
    """
    district, school = student_years(schools, persons, statuses, year)
    figures = [*_figures(district, year.spells.school_year, (*district.lenses, *district.groups))]
    figures += _figures(school, year.spells.school_year, ("school",))
    band, _ = district.lenses["attendance_band"]
    return figures, year.history.after(year.spells, district.people, band, year.actions, year.results)


def student_years(
    schools: Schools, persons: Persons, statuses: status.Statuses, year: Year
) -> tuple[StudentYears, StudentYears]:
    """Build the year's tables at district and at school scope."""
    spells = year.spells
    days = _days_of_spells(year)
    is_stable = is_stable_year(year.spells, year.calendar)
    by_person = spells.people
    by_school = spells.people * len(schools) + spells.schools
    result_school = year.results.people * len(schools) + year.results.schools
    action_people = spells.people[year.actions.spell]
    action_school = action_people * len(schools) + spells.schools[year.actions.spell]
    mark_people, mark_school = mark_keys(spells, year.seats, year.marks, len(schools))
    tables = []
    growth_school = year.growth.people * len(schools) + year.growth.schools
    for scope, keys, result_keys, growth_keys, action_keys, given_keys, counted in (
        ("district", by_person, year.results.people, year.growth.people, action_people, mark_people, days.in_district),
        ("school", by_school, result_school, growth_school, action_school, mark_school, days.at_school),
    ):
        distinct, group = np.unique(keys, return_inverse=True)
        latest = np.zeros(len(distinct), dtype=np.int64)
        np.maximum.at(latest, group, np.arange(len(spells)))
        measures = _membership_measures(year, group, len(distinct), latest, counted)
        measures |= _average_measures(days, group, len(distinct))
        measures |= _discipline_measures(year.actions, np.searchsorted(distinct, action_keys), len(distinct))
        measures |= _result_measures(year, group, np.searchsorted(distinct, result_keys), len(distinct))
        measures |= course_measures(
            spells, year.seats, year.marks, year.earlier, latest, np.searchsorted(distinct, given_keys)
        )
        places = spells.schools if scope == "school" else np.full(len(spells), EVERYWHERE)
        measures |= college_measures(
            spells, year.seats, year.marks, year.exams, year.afterwards, latest, places, measures
        )
        measures |= special_population_measures(statuses, spells, year.language, year.earlier, latest, places, measures)
        measures |= growth_measures(year.growth, np.searchsorted(distinct, growth_keys), len(distinct))
        eligible = spells.grades[latest] >= 0
        measures["is_stability_eligible"] = eligible.astype(np.int64)
        measures["is_stable"] = (eligible & is_stable[spells.people[latest]]).astype(np.int64)
        last_days = year.calendar.last_days
        year_ends = last_days[spells.schools] if scope == "school" else np.full(len(spells), last_days.max())
        moves_in, moves_out = moves_of(spells, group, year_ends, len(distinct))
        moves = (moves_in + moves_out) * eligible
        measures |= {"moves": moves, "is_mobile": (moves > 0).astype(np.int64)}
        lenses = _lenses(schools, persons, statuses, year, latest, measures)
        latest_end = np.zeros(len(distinct), dtype=np.int64)
        np.maximum.at(latest_end, group, spells.end)
        left_before_census = latest_end <= day(spells.school_year - 1, 10, 1)
        lenses["mobility_status"] = mobility(moves_in, moves_out, left_before_census)
        if scope == "school":
            lenses["school"] = (spells.schools[latest], schools.numbers)
        people = spells.people[latest]
        groups = {
            dimension: {member: within[people] for member, within in members.items()}
            for dimension, members in overlapping_groups(persons, spells, year.taken).items()
        }
        tables.append(StudentYears(scope, people, lenses, groups, measures))
    return tables[0], tables[1]


@dataclass(frozen=True)
class _SpellDays:
    """Per spell: membership days, quarters absent, days with at least half missed, quarters absent without excuse, days
    late, and membership days where late arrivals are recorded."""

    membership: Ints
    absent_quarters: Ints
    half_days: Ints
    unexcused_quarters: Ints
    tardies: Ints
    tardy_membership: Ints


@dataclass(frozen=True)
class _CountedDays:
    at_school: _SpellDays
    in_district: _SpellDays
    days_in_session: Ints
    """Of each spell's school."""


def _days_of_spells(year: Year) -> _CountedDays:
    """Count days per spell; for the district, days shared with a later spell are taken off the earlier one."""
    spells, events, calendar = year.spells, year.events, year.calendar
    count = len(spells)
    event_school = spells.schools[events.spell]
    latest_event = np.full(len(calendar.day_counts), -1, dtype=np.int64)
    np.maximum.at(latest_event, event_school, events.on)
    dates = calendar.first_of_july + np.arange(DAYS_PER_YEAR)
    in_session: Flags = calendar.is_school_day & (dates <= latest_event[:, None])
    passed = np.concatenate(
        [np.zeros((len(in_session), 1), dtype=np.int64), np.cumsum(in_session, axis=1, dtype=np.int64)], axis=1
    )
    begin, stop = spells.entry - calendar.first_of_july, spells.end - calendar.first_of_july
    membership = passed[spells.schools, stop] - passed[spells.schools, begin]

    is_absence = events.code <= CODE_OSS
    quarters = np.where(is_absence, QUARTERS[events.fraction], 0)
    half = (quarters >= 2).astype(np.int64)

    earlier = np.flatnonzero((spells.people[1:] == spells.people[:-1]) & (spells.entry[1:] < spells.end[:-1]))
    later = earlier + 1
    shared: Flags = (
        in_session[spells.schools[earlier]]
        & in_session[spells.schools[later]]
        & (dates >= spells.entry[later][:, None])
        & (dates < np.minimum(spells.end[earlier], spells.end[later])[:, None])
    )
    place = np.full(count, -1, dtype=np.int64)
    place[earlier] = np.arange(len(earlier))
    overruled = np.zeros(len(events), dtype=bool)
    candidates = np.flatnonzero(place[events.spell] >= 0)
    overruled[candidates] = shared[place[events.spell[candidates]], events.on[candidates] - calendar.first_of_july]
    district_membership = membership.copy()
    district_membership[earlier] -= shared.sum(axis=1)
    records_tardies = np.isin(spells.schools, event_school[events.code == TDY])

    def of_spells(counted: Flags, membership_days: Ints) -> _SpellDays:
        return _SpellDays(
            membership=membership_days,
            absent_quarters=_sum_by(events.spell, quarters * counted, count),
            half_days=_sum_by(events.spell, half * counted, count),
            unexcused_quarters=_sum_by(events.spell, quarters * (counted & (events.code == UNX)), count),
            tardies=_sum_by(events.spell, (counted & (events.code == TDY)).astype(np.int64), count),
            tardy_membership=membership_days * records_tardies,
        )

    return _CountedDays(
        days_in_session=in_session.sum(axis=1)[spells.schools],
        at_school=of_spells(np.ones(len(events), dtype=bool), membership),
        in_district=of_spells(~overruled, district_membership),
    )


def _sum_by(group: Ints, values: Ints, count: int) -> Ints:
    return np.rint(np.bincount(group, weights=values, minlength=count)).astype(np.int64)


def _membership_measures(year: Year, group: Ints, count: int, latest: Ints, days: _SpellDays) -> dict[str, Ints]:
    spells = year.spells
    october = day(spells.school_year - 1, 10, 1)
    on_census = (spells.entry <= october) & (spells.end > october)
    membership = _sum_by(group, days.membership, count)
    absent = _sum_by(group, days.absent_quarters, count)
    half_days = _sum_by(group, days.half_days, count)
    grade = spells.grades[latest]
    chronic = half_days * 10 >= membership
    federal = (grade >= 0) & (membership >= 10)
    california = (grade >= 0) & (grade <= 8) & (membership > 30)
    return {
        "is_enrolled": np.ones(count, dtype=np.int64),
        "is_enrolled_on_census": (_sum_by(group, on_census.astype(np.int64), count) > 0).astype(np.int64),
        "membership_quarters": membership * 4,
        "absent_quarters": absent,
        "attended_quarters": membership * 4 - absent,
        "is_eligible_federal": federal.astype(np.int64),
        "is_chronic_federal": (federal & chronic).astype(np.int64),
        "is_chronic_severe": (federal & (half_days * 5 >= membership)).astype(np.int64),
        "is_attendance_known": (membership > 0).astype(np.int64),
        "is_absent_20_plus": (absent >= 20 * 4).astype(np.int64),
        "is_satisfactory": ((membership > 0) & (absent * 5 < membership)).astype(np.int64),
        "is_truant": (_sum_by(group, days.unexcused_quarters, count) >= 10 * 4).astype(np.int64),
        "tardies": _sum_by(group, days.tardies, count),
        "tardy_membership": _sum_by(group, days.tardy_membership, count),
        "is_eligible_ca": california.astype(np.int64),
        "is_chronic_ca": (california & chronic).astype(np.int64),
    }


def _average_measures(days: _CountedDays, group: Ints, count: int) -> dict[str, Ints]:
    at_school, in_session = days.at_school, np.maximum(days.days_in_session, 1)
    quarters = at_school.membership * 4 - at_school.absent_quarters
    return {
        "membership_billionths": _sum_by(
            group, np.rint(at_school.membership * BILLION / in_session).astype(np.int64), count
        ),
        "attendance_billionths": _sum_by(group, np.rint(quarters * BILLION / (in_session * 4)).astype(np.int64), count),
    }


def _discipline_measures(actions: DisciplineActions, group: Ints, count: int) -> dict[str, Ints]:
    def anyone(chosen: Flags) -> Ints:
        return (np.bincount(group[chosen], minlength=count) > 0).astype(np.int64)

    suspends = np.isin(actions.action, (OSS, ISS))
    incidents = np.unique(np.stack([group[suspends], actions.incident[suspends]]), axis=1)
    suspended_days = _sum_by(group[suspends], actions.duration[suspends], count)
    out = actions.action == OSS
    return {
        "has_oss": anyone(out),
        "has_iss": anyone(actions.action == ISS),
        "has_expulsion": anyone(actions.action == EXP),
        "suspension_incidents": np.bincount(incidents[0], minlength=count).astype(np.int64),
        "oss_days": _sum_by(group[out], actions.duration[out], count),
        "has_suspended_days": (suspended_days >= 1).astype(np.int64),
    }


def _result_measures(year: Year, group: Ints, result_group: Ints, count: int) -> dict[str, Ints]:
    spells, results = year.spells, year.results
    april = day(spells.school_year, 4, 15)
    tested = (spells.entry <= april) & (spells.end > april) & np.isin(spells.grades, np.array(TESTED_GRADES))
    expected = (_sum_by(group, tested.astype(np.int64), count) > 0).astype(np.int64)
    scored = (results.status == VALID) & (results.score != NO_SCORE)
    cut = level_cuts(results.subject, results.grade)[:, 1]
    measures: dict[str, Ints] = {}
    for subject in (ELA, MATH):
        name = SUBJECTS[subject].lower()
        valid = np.flatnonzero(scored & (results.subject == subject))
        has_score = (np.bincount(result_group[valid], minlength=count) > 0).astype(np.int64)
        proficient = (results.score[valid] >= cut[valid]).astype(np.int64)
        measures[f"{name}_expected"] = expected
        measures[f"{name}_participated"] = expected * has_score
        measures[f"{name}_scored"] = has_score
        measures[f"{name}_proficient"] = _sum_by(result_group[valid], proficient, count)
        measures[f"{name}_distance"] = _sum_by(result_group[valid], results.score[valid] - cut[valid], count)
        measures[f"{name}_scale_points"] = _sum_by(result_group[valid], results.score[valid], count)
        before = year.earlier.scores[results.people[valid], subject]
        gained = valid[before != NO_SCORE]
        gain = results.score[gained] - before[before != NO_SCORE]
        measures[f"{name}_gain_scored"] = np.bincount(result_group[gained], minlength=count).astype(np.int64)
        measures[f"{name}_gain_points"] = _sum_by(result_group[gained], gain, count)
    third = np.flatnonzero(scored & (results.subject == ELA) & (results.grade == 3))
    measures["grade3_reading_scored"] = np.bincount(result_group[third], minlength=count).astype(np.int64)
    measures["grade3_reading_proficient"] = _sum_by(
        result_group[third], (results.score[third] >= cut[third]).astype(np.int64), count
    )
    return measures


def _lenses(
    schools: Schools,
    persons: Persons,
    statuses: status.Statuses,
    year: Year,
    latest: Ints,
    measures: dict[str, Ints],
) -> dict[str, Lens]:
    spells = year.spells
    people, latest_school = spells.people[latest], spells.schools[latest]
    of_persons = lenses_of_persons(persons, statuses, year.groups, year.history)
    return {
        "school_level": (schools.levels[latest_school], LEVEL_NAMES),
        "grade_level": (spells.grades[latest] + 1, GRADE_CODES),
        "attendance_band": (bands(measures["absent_quarters"], measures["membership_quarters"] // 4), BANDS),
        **{dimension: (positions[people], names) for dimension, (positions, names) in of_persons.items()},
        **school_groups(schools, latest_school),
    }


def _figures(table: StudentYears, school_year: int, dimensions: tuple[str, ...]) -> Iterator[Expected]:
    rows = len(table.measures["is_enrolled"])
    total: tuple[Ints, tuple[str | None, ...]] = (np.zeros(rows, dtype=np.int64), (None,))
    for metric, (numerator, denominator) in METRICS.items():
        divisor = PARTS.get(metric, 1)
        upper_divisor = GPA_UNITS if metric == "gpa_mean" else divisor
        for dimension in (None, *dimensions):
            above, below = table.measures[numerator], table.measures[denominator or numerator]
            if dimension in table.groups:
                names: tuple[str | None, ...] = tuple(table.groups[dimension])
                within = np.stack(list(table.groups[dimension].values()))
                upper, lower = (within * above).sum(axis=1), (within * below).sum(axis=1)
            else:
                members, names = total if dimension is None else table.lenses[dimension]
                upper, lower = (_sum_by(members, counted, len(names)) for counted in (above, below))
            for position in np.flatnonzero(lower):
                yield Expected(
                    metric=metric,
                    school_year=school_year,
                    scope=table.scope,
                    dimension=dimension,
                    member=names[position],
                    numerator=_number(int(upper[position]), upper_divisor),
                    denominator=None if denominator is None else _number(int(lower[position]), divisor),
                )


def _number(count: int, divisor: int) -> float:
    return count // divisor if count % divisor == 0 else count / divisor
