"""A serving folder with real snapshots of generated students, as the pipeline would publish it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from quality.comparison.figures import create_functions

SEED = 20261124
SCHOOL_YEARS = (2025, 2026)
NEW_EACH_YEAR = 60
FIRST = "20261120T081944Z-aaaaaa"
SECOND = "20261124T081944Z-bbbbbb"
AS_OF = "2026-06-05"

# Numbers that must sort as numbers, and one that would break careless SQL or templates.
SCHOOLS = {
    "9": ("Aspen Elementary", "elementary"),
    "10": ("Birch Middle", "middle"),
    "11": ("Cedar High", "high"),
    "O'Neil {{ 7*7 }}": ("O'Neil Center", "unknown"),
}


LENS_MEMBERS = {
    "region": {"North": "North", "South": "South"},
    "feeder": {"Cedar High": "Cedar High"},
    "program": {"AFTER": "After-School", "ELD": "English Language Development", "TUTOR": "Tutoring"},
    "program_dosage": {
        "AFTER:low": "After-School, under 10 sessions",
        "AFTER:high": "After-School, 30 sessions or more",
    },
}
"""Members that only the data can list, by lens, with their labels."""

IDENTITY_MARTS = """
create table marts.mart_source_match as select * from (values
  ('sis_files__marks', 'student', 100::bigint, 98::bigint, 2::bigint, 0::bigint, 1::bigint, 0::bigint,
    2.00::decimal(5, 2), 10.00::decimal(5, 2), 'within'),
  ('assessment_files__results', 'student', 100, 89, 11, 3, 9, 2, 2.00, 10.00, 'held'),
  ('sis_files__attendance', 'school', 100, 0, 100, 0, 1, 0, null, null, 'not_judged'))
  as counted(source_table, match_to, rows_total, rows_matched, rows_unmatched, rows_ambiguous, keys_unmatched,
    keys_ambiguous, warn_percent, fatal_percent, match_state);
create table marts.dim_student_identity as select * from (values
  ('i1', 'local', 'secret-1', 's1', 'local_number', 'matched'),
  ('i2', 'local', 'secret-2', 's2', 'local_number', 'matched'),
  ('i3', 'state', 'secret-3', 'a3', null, 'ambiguous'), ('i4', 'state', 'secret-4', 's1', 'decision', 'matched'))
  as ids(student_identity_key, person_namespace, person_id, student_key, match_rule, match_status);
create table marts.dim_staff_identity as select * from (values
  ('j1', 'local', 'secret-7', 't1', null, 'unmatched'))
  as ids(staff_identity_key, person_namespace, person_id, staff_key, match_rule, match_status);
create table marts.mart_identity_candidate as select * from (values
  ('c1', 'student', 'state_id', 'sis', 'secret-5', 'sis', 'secret-6'))
  as pairs(identity_candidate_key, person_type, match_rule, person_namespace, person_id, into_namespace, into_id);
create table marts.mart_identity_decision as select * from (values
  ('m1', 'student', 'merge', date '2026-01-01', null::date, 'applied', null),
  ('m2', 'student', 'merge', date '2026-01-02', null, 'refused', 'circle'),
  ('m3', 'student', 'split', date '2026-01-02', null, 'applied', null))
  as decisions(decision_id, person_type, kind, effective_on, revoked_on, decision_state, refusal_reason);
"""
"""Ids of people begin with `secret`, so that a test can look for them."""


def manifest_metrics(manifest_json: str) -> list[str]:
    """Ids of the public metrics, in the manifest's order."""
    metrics = json.loads(manifest_json)["metrics"]
    return [metric["name"] for metric in metrics if "stocktake" in metric["config"]["meta"]]


def semantic_model(manifest_json: str, name: str) -> dict[str, Any]:
    """One semantic model of the manifest."""
    models = {model["name"]: model for model in json.loads(manifest_json)["semantic_models"]}
    found: dict[str, Any] = models[name]
    return found


def generate_students(manifest_json: str, *, n: int = 900, seed: int = SEED) -> pd.DataFrame:
    """`mart_student_year_by_scope`: per student and year one district row, and one for each of 1-2 schools.

    Lenses are drawn from the members of the manifest, with some that are rare enough to be suppressed;
    measures are 0/1 flags, days with fractions, and points. Year 2025 has no discipline feed: its measures
    are NULL there.
    """
    rng = np.random.default_rng(seed)
    model = semantic_model(manifest_json, "student_year")
    described = {
        dimension["name"]: meta
        for dimension in model["dimensions"]
        if (meta := dimension["config"]["meta"].get("stocktake")) is not None
    }
    lenses = {
        name: [*LENS_MEMBERS.get(name, {}), *(member["value"] for member in meta["members"])]
        for name, meta in described.items()
    }
    frames = []
    for year in SCHOOL_YEARS:
        # Some are new each year, and as many are gone.
        first = NEW_EACH_YEAR * (year - SCHOOL_YEARS[0])
        student = pd.DataFrame({"student_key": [f"s{first + index}" for index in range(n)], "school_year": year})
        for lens, members in lenses.items():
            if lens in ("school", "school_level"):
                continue
            # Each member is half as frequent as the one before, so that the last ones fall below the minimum.
            weights = 0.5 ** np.arange(len(members))
            drawn = [rng.choice(members, size=n, p=weights / weights.sum())]
            if described[lens]["kind"] == "multi":
                drawn.append(rng.choice(members, size=n, p=weights / weights.sum()))
                student[lens] = [_delimited(groups) for groups in zip(*drawn, strict=True)]
            else:
                student[lens] = drawn[0]
        student["district"] = "district"
        student["first"] = rng.choice(list(SCHOOLS), size=n, p=[0.5, 0.3, 0.195, 0.005])
        moved = rng.random(n) < 0.1
        student["second"] = np.where(moved & (student["first"] != "9"), "9", None)
        for scope, column in (("district", "district"), ("school", "first"), ("school", "second")):
            rows = student[student[column].notna()].copy()
            rows["scope"] = scope
            rows["school"] = rows[column]
            rows["school_level"] = [SCHOOLS.get(school, ("", "unknown"))[1] for school in rows["school"]]
            frames.append(_measured(rows, year, rng))
    students = pd.concat(frames, ignore_index=True).drop(columns=["district", "first", "second"])
    students.insert(0, "student_year_key", [f"k{index}" for index in range(len(students))])
    students["school_year_start_on"] = pd.to_datetime(students["school_year"] - 1, format="%Y")
    unseen = [measure["expr"] for measure in model["measures"] if measure["expr"] not in students]
    # Measures that no test here looks at.
    drawn = pd.DataFrame({column: rng.integers(0, 2, len(students)) for column in unseen})
    students = pd.concat([students, drawn], axis=1)
    students["gpa"] = np.where(students["is_gpa_known"] == 1, rng.integers(0, 129, len(students)) / 32, np.nan)
    return students


def _delimited(groups: Iterable[str]) -> str:
    """As in `|asian|white|`; who is in none or unknown is in no other group."""
    distinct = sorted(set(groups))
    alone = [group for group in distinct if group in ("none", "unknown")]
    return f"|{'|'.join(alone[:1] or distinct)}|"


def history_of(students: pd.DataFrame, manifest_json: str) -> pd.DataFrame:
    """`dim_student_year`: the lenses that have a baseline, of each student and year."""
    lenses = [dimension["name"] for dimension in semantic_model(manifest_json, "student_history")["dimensions"]]
    return students.loc[students["scope"] == "district", ["student_key", "school_year", *lenses]]


def generate_survey(*, n: int = 400, seed: int = SEED) -> pd.DataFrame:
    """`mart_survey_answer_by_scope`: n respondents a year, each with one to three answers, in both scopes.

    Families are few enough to be suppressed when they are split.
    """
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        response = np.repeat(np.arange(n), rng.integers(1, 4, n))
        respondents = {
            "respondent_type": rng.choice(["student", "family", "staff"], n, p=[0.85, 0.03, 0.12]),
            "race_ethnicity": rng.choice(["white", "hispanic", "unknown"], n),
            "grade_level": rng.choice(["05", "08", "unknown"], n),
            "school": rng.choice(["9", "10", "11"], n),
        }
        answers = pd.DataFrame({lens: values[response] for lens, values in respondents.items()})
        answers["survey_response_key"] = [f"{year}-{number}" for number in response]
        answers["school_year"] = year
        answers["survey_topic"] = rng.choice(["safety", "voice"], len(answers))
        answers["is_answered"], answers["is_favorable"] = 1, rng.integers(0, 2, len(answers))
        frames.append(answers)
    return _in_both_scopes(frames, "survey_answer_by_scope_key")


def generate_staff(*, n: int = 120, seed: int = SEED) -> pd.DataFrame:
    """`mart_staff_year_by_scope`: n members of staff a year, each in one school; one school has few."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        staff = pd.DataFrame({"staff_key": [f"t{number}" for number in range(n)], "school_year": year})
        staff["school"] = rng.choice(["9", "10", "11"], n, p=[0.6, 0.35, 0.05])
        staff["is_teacher"] = rng.integers(0, 2, n)
        staff["was_teacher_before"] = rng.integers(0, 2, n) if year > SCHOOL_YEARS[0] else 0
        staff["is_retained_teacher"] = staff["is_teacher"] * staff["was_teacher_before"]
        known = rng.random(n) < 0.9
        staff["is_experience_known"] = staff["is_teacher"] * known
        staff["is_experience_unknown"] = staff["is_teacher"] * ~known
        staff["teacher_fte_known"] = staff["is_experience_known"] * rng.choice([0.5, 1.0], n)
        staff["teacher_fte_inexperienced"] = staff["teacher_fte_known"] * rng.integers(0, 2, n)
        frames.append(staff)
    return _in_both_scopes(frames, "staff_year_key", school_level="unknown")


def generate_training(*, n: int = 90, seed: int = SEED) -> pd.DataFrame:
    """`mart_training_record_by_scope`: n courses a year of half as many members of staff."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        records = pd.DataFrame({"trainee_key": [f"t{number // 2}" for number in range(n)], "school_year": year})
        records["school"] = [("9", "10")[number // 2 % 2] for number in range(n)]
        records["is_enrolled"], records["is_completed"] = 1, rng.integers(0, 2, n)
        frames.append(records)
    return _in_both_scopes(frames, "training_record_by_scope_key", school_level="unknown")


def generate_staffing(*, seed: int = SEED) -> pd.DataFrame:
    """`mart_school_staffing_by_scope`: a row per school and year; one school has few students and positions."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        places = pd.DataFrame({"school": ["9", "10", "11"], "school_year": year})
        places["students_with_teachers"] = [*rng.integers(100, 400, 2), 5]
        places["students_without_known_teachers"] = 0
        places["teacher_fte_on_census"] = [*rng.integers(10, 40, 2) / 2, 1.5]
        places["known_teacher_positions"], places["unknown_teacher_positions"] = [*rng.integers(12, 40, 2), 3], 0
        places["budgeted_teacher_fte"] = places["known_teacher_positions"] * 1.0
        places["unfilled_teacher_fte"] = rng.integers(0, 6, 3) / 2
        frames.append(places)
    return _in_both_scopes(frames, "school_staffing_key", school_level="unknown")


def generate_invitations(*, seed: int = SEED) -> pd.DataFrame:
    """`mart_survey_response_by_scope`: a row per school, kind of respondent and year."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        asked = pd.DataFrame({"school": np.repeat(["9", "10", "11"], 2), "school_year": year})
        asked["respondent_type"] = ["student", "staff"] * 3
        asked["invited"] = [200, 30, 150, 25, 8, 4]
        asked["responded"] = rng.binomial(asked["invited"], 0.7)
        asked["responded_uninvited"] = 0
        frames.append(asked)
    return _in_both_scopes(frames, "survey_response_by_scope_key")


def generate_routines(key: str, *, n: int = 60, seed: int = SEED) -> pd.DataFrame:
    """`mart_stocktake_by_scope` or `mart_practice_action_by_scope`: n a year, each of a school; not all are due."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        records = pd.DataFrame({"school": rng.choice(["9", "10", "11"], n, p=[0.6, 0.35, 0.05]), "school_year": year})
        records["is_due"] = rng.integers(0, 2, n)
        records["is_on_time"] = records["is_due"] * rng.integers(0, 2, n)
        frames.append(records)
    return _in_both_scopes(frames, key, school_level="unknown")


def generate_cohorts(*, n: int = 200, seed: int = SEED) -> pd.DataFrame:
    """`mart_graduation_cohort_by_scope`: n students of each cohort that a year judges; some have an unreadable exit."""
    rng = np.random.default_rng(seed)
    frames = []
    for year in SCHOOL_YEARS:
        for length, other in (("4yr", "5yr"), ("5yr", "4yr")):
            cohort = pd.DataFrame({"student_key": [f"s{number}" for number in range(n)], "school_year": year})
            cohort["school"] = rng.choice(["9", "11"], n, p=[0.97, 0.03])
            cohort["race_ethnicity"] = rng.choice(["white", "hispanic", "unknown"], n)
            cohort["gender"] = rng.choice(["female", "male"], n)
            for lens in ("english_learner", "disability", "economic_disadvantage", "homeless"):
                cohort[lens] = rng.choice(["no", "yes", "unknown"], n, p=[0.8, 0.17, 0.03])
            known = rng.random(n) < 0.95
            cohort[f"is_acgr_{length}_eligible"], cohort[f"is_acgr_{length}_unknown"] = known * 1, ~known * 1
            cohort[f"is_acgr_{length}_graduate"] = known * (rng.random(n) < 0.85)
            for part in ("eligible", "graduate", "unknown"):
                cohort[f"is_acgr_{other}_{part}"] = 0
            frames.append(cohort)
    return _in_both_scopes(frames, "graduation_cohort_key", school_level="unknown")


def _in_both_scopes(frames: list[pd.DataFrame], key: str, **of_the_district: str) -> pd.DataFrame:
    """Rows of schools, once for their school and once for the district, with what every such mart has."""
    rows = pd.concat(frames, ignore_index=True)
    rows["school_year_start_on"] = pd.to_datetime({"year": rows["school_year"] - 1, "month": 7, "day": 1})
    rows["school_level"] = [SCHOOLS[school][1] for school in rows["school"]]
    of_the_district = {"scope": "district", "school": "district", **of_the_district}
    both = pd.concat([rows.assign(scope="school"), rows.assign(**of_the_district)], ignore_index=True)
    both.insert(0, key, [f"k{index}" for index in range(len(both))])
    return both


def _measured(rows: pd.DataFrame, year: int, rng: np.random.Generator) -> pd.DataFrame:
    n = len(rows)

    def flag(share: float, within: Any = True) -> Any:
        return ((rng.random(n) < share) & within).astype(object)

    known = rng.random(n) < 0.9
    membership = rng.integers(1, 181, n)
    absent = np.minimum(np.round(rng.exponential(9, n) * 4) / 4, membership)
    rows["is_enrolled"] = flag(0.98)
    rows["is_enrollment_unknown"] = ~rows["is_enrolled"].astype(bool)
    rows["is_enrolled_on_census"] = flag(0.9, rows["is_enrolled"].astype(bool))
    rows["is_attendance_known"], rows["is_attendance_unknown"] = known, ~known
    for column, days in (
        ("membership_days", membership),
        ("absent_days", absent),
        ("attended_days", membership - absent),
    ):
        rows[column] = np.where(known, days, np.nan)
    for rule, eligible in (
        ("federal", known & (membership >= 10)),
        ("ca_dashboard", known & (membership > 30)),
    ):
        rows[f"is_chronic_eligible_{rule}"] = eligible
        rows[f"is_chronically_absent_{rule}"] = eligible & (absent * 10 >= membership)
    rows["is_chronic_eligible_severe"] = known & (membership >= 10)
    rows["is_chronically_absent_severe"] = known & (membership >= 10) & (absent * 5 >= membership)
    rows["is_absent_20_plus"] = known & (absent >= 20)
    rows["is_attendance_satisfactory"] = known & (absent * 20 < membership)
    for column, days in (("average_membership", membership), ("average_attendance", membership - absent)):
        rows[column] = np.where(known, days / 256, np.nan)
    rows["is_truancy_known"], rows["is_truancy_unknown"] = known, ~known
    rows["is_truant"] = known & (absent >= 10)
    late = known & (rng.random(n) < 0.9)
    rows["is_tardiness_known"], rows["is_tardiness_unknown"] = late, ~late
    rows["tardy_count"] = np.where(late, np.minimum(rng.poisson(3, n), membership), np.nan)
    rows["tardy_membership_days"] = np.where(late, membership, np.nan)
    has_feed = year != 2025
    rows["is_oss_eligible"] = rows["is_enrolled"] if has_feed else None
    rows["has_oss"] = flag(0.05, rows["is_enrolled"].astype(bool)) if has_feed else None
    rows["is_discipline_unknown"] = rows["is_enrollment_unknown"] if has_feed else True
    enrolled = rows["is_enrolled"].astype(bool)
    told = enrolled & (rng.random(n) < 0.99)
    for column in ("has_iss", "has_expulsion"):
        rows[column] = flag(0.04, enrolled) if has_feed else None
    rows["suspension_incidents"] = rng.poisson(0.1, n) * enrolled if has_feed else None
    rows["oss_days"] = np.round(rng.exponential(0.4, n) * 4) / 4 * told if has_feed else None
    for known_as, unknown_as in (
        ("is_oss_days_known", "is_oss_days_unknown"),
        ("is_suspension_ca_dashboard_eligible", "is_suspension_ca_dashboard_unknown"),
    ):
        rows[known_as] = told if has_feed else None
        rows[unknown_as] = ~told if has_feed else True
    rows["has_suspension_ca_dashboard"] = flag(0.06, told) if has_feed else None
    for subject in ("ela", "math"):
        expected = rng.random(n) < 0.5
        scored = expected & (rng.random(n) < 0.95)
        rows[f"{subject}_expected"] = expected
        rows[f"{subject}_participated"] = rows[f"{subject}_scored"] = scored
        rows[f"{subject}_distance_scored"] = scored
        rows[f"{subject}_proficient"] = flag(0.45, scored)
        rows[f"{subject}_distance_points"] = np.where(scored, rng.integers(-200, 200, n), np.nan)
        rows[f"{subject}_unknown"] = flag(0.01, ~expected)
    rows["is_stability_eligible"] = rows["is_enrolled"]
    rows["is_stable"] = flag(0.85, rows["is_enrolled"].astype(bool))
    rows["is_stability_unknown"] = rows["is_enrollment_unknown"]
    rows["is_mobility_eligible"] = rows["is_enrolled"]
    rows["mobility_moves"] = rng.poisson(0.15, n) * enrolled
    rows["is_mobile"] = rows["mobility_moves"] > 0
    rows["is_mobility_unknown"] = rows["is_enrollment_unknown"]
    return rows


class ServingFolder:
    """Writes snapshots, the pointer and the status into one folder, in the agreed formats."""

    def __init__(self, root: Path, manifest_json: str) -> None:
        self.root = root
        self.manifest_json = manifest_json
        root.mkdir(parents=True, exist_ok=True)

    def write_snapshot(
        self,
        snapshot_id: str,
        students: pd.DataFrame,
        *,
        created_at: str = "2026-11-24T08:19:44Z",
        raw: Iterable[str] = (),
    ) -> Path:
        """An immutable snapshot; the pointer does not know of it yet. Metrics in `raw` failed their checks in it."""
        folder = self.root / "snapshots" / snapshot_id
        folder.mkdir(parents=True)
        _write_database(folder / "district.duckdb", students, self.manifest_json)
        (folder / "semantic_manifest.json").write_text(self.manifest_json, encoding="utf-8")
        facts = {
            "format": 1,
            "snapshot_id": snapshot_id,
            "created_at": created_at,
            "run_id": "run-1",
            "as_of": AS_OF,
            "district": {"id": "cedar", "name": "Cedar Valley Unified", "timezone": "America/Chicago"},
            "school_years": sorted({int(year) for year in students["school_year"]}),
            "metrics": {
                metric: {
                    "state": "raw" if metric in set(raw) else "validated",
                    "open_issues": {"fatal": 0, "error": 1, "warn": 2},
                }
                for metric in manifest_metrics(self.manifest_json)
            },
            "freshness": [
                {
                    "source_table": table,
                    "latest_delivery_on": "2026-11-23",
                    "latest_event_on": AS_OF,
                    "loaded_at": "2026-11-24T08:00:00Z",
                    "rows": 1000,
                }
                for table in ("oneroster__enrollments", "sis_files__attendance", "sis_files__discipline")
            ],
            "balances": [],
            "tables": {"mart_student_year_by_scope": len(students)},
            "definitions": dict.fromkeys(manifest_metrics(self.manifest_json), "0" * 64),
            "versions": {"definition": hashlib.sha256(self.manifest_json.encode()).hexdigest()},
            "files": {
                name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
                for name in ("district.duckdb", "semantic_manifest.json")
            },
        }
        (folder / "snapshot.json").write_text(json.dumps(facts), encoding="utf-8")
        return folder

    def forget_digest(self, snapshot_id: str, name: str) -> None:
        """Leave a file of the snapshot unchecked, for a test that changes it as another release would have."""
        facts_file = self.root / "snapshots" / snapshot_id / "snapshot.json"
        facts = json.loads(facts_file.read_text())
        del facts["files"][name]
        facts_file.write_text(json.dumps(facts), encoding="utf-8")

    def point(
        self,
        snapshot_id: str,
        *,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        published_at: str = "2026-11-24T08:19:50Z",
    ) -> None:
        """Swap `current.json` so that every metric is served by `snapshot_id`, but for `overrides`."""
        metrics = {
            metric: {"snapshot_id": snapshot_id, "state": "validated", "as_of": AS_OF, "held": None}
            for metric in manifest_metrics(self.manifest_json)
        }
        for metric, override in (overrides or {}).items():
            metrics[metric] = {**metrics[metric], **override}
        pointer = {"format": 1, "snapshot_id": snapshot_id, "published_at": published_at, "metrics": metrics}
        self._replace("current.json", json.dumps(pointer))

    def record_attempt(self, outcome: str, reasons: Iterable[Mapping[str, Any]] = ()) -> None:
        """Swap `status.json`."""
        status = {
            "format": 1,
            "attempted_at": datetime(2026, 11, 25, 8, 0, tzinfo=UTC).isoformat(),
            "run_id": "run-2",
            "outcome": outcome,
            "snapshot_id": None,
            "reasons": list(reasons),
        }
        self._replace("status.json", json.dumps(status))

    def damage_pointer(self) -> None:
        """Leave a pointer that is no JSON."""
        self._replace("current.json", '{"format": 1, "snap')

    def _replace(self, name: str, text: str) -> None:
        temporary = self.root / f"{name}.new"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.root / name)


def _write_database(file: Path, students: pd.DataFrame, manifest_json: str) -> None:
    model = semantic_model(manifest_json, "student_year")
    kinds = {measure["expr"]: "BIGINT" for measure in model["measures"]}
    kinds |= {column: "DECIMAL(9,4)" for column in kinds if column.endswith("_days") and not column.startswith("is_")}
    kinds |= {column: "DECIMAL(18,4)" for column in kinds if column.endswith("_points")}
    kinds |= {column: "DECIMAL(18,12)" for column in kinds if column.startswith("average_")}
    kinds |= {"gpa": "DECIMAL(18,8)", "school_year": "INTEGER", "school_year_start_on": "DATE"}
    columns = ", ".join(f'"{name}"::{kinds[name]} as "{name}"' if name in kinds else f'"{name}"' for name in students)
    numeric = students.copy()
    for measure in model["measures"]:
        numeric[measure["expr"]] = pd.to_numeric(numeric[measure["expr"]])
    schools = pd.DataFrame(
        [(number, name, level) for number, (name, level) in SCHOOLS.items()],
        columns=["school_number", "school_name", "school_level"],
    )
    with duckdb.connect(str(file)) as connection:
        connection.register("students", numeric)
        connection.register("schools", schools)
        connection.execute("create schema marts")
        connection.execute(f"create table marts.mart_student_year_by_scope as select {columns} from students")
        connection.execute("create table marts.dim_school as from schools")
        members = pd.DataFrame(
            [
                (lens, member, label, place)
                for lens, labels in LENS_MEMBERS.items()
                for place, (member, label) in enumerate(labels.items(), start=1)
            ],
            columns=["lens", "member", "label", "place"],
        )
        connection.register("members", members)
        connection.execute("create table marts.dim_lens_member as select *, true as is_found from members")
        connection.register("history", history_of(students, manifest_json))
        connection.execute(
            "create table marts.dim_student_year as select * replace (school_year::integer as school_year) from history"
        )
        for name, table in (
            ("mart_survey_answer_by_scope", generate_survey()),
            ("mart_staff_year_by_scope", generate_staff()),
            ("mart_training_record_by_scope", generate_training()),
            ("mart_graduation_cohort_by_scope", generate_cohorts()),
            ("mart_school_staffing_by_scope", generate_staffing()),
            ("mart_survey_response_by_scope", generate_invitations()),
            ("mart_stocktake_by_scope", generate_routines("stocktake_by_scope_key")),
            ("mart_practice_action_by_scope", generate_routines("practice_action_by_scope_key")),
        ):
            connection.register("counted", table)
            flags = [column for column in table if column.startswith(("is_", "was_"))]
            shares = [column for column in table if "_fte" in column]
            typed = ", ".join(
                [f"{column}::bigint as {column}" for column in flags]
                + [f"{column}::decimal(18, 4) as {column}" for column in shares]
                + ["school_year::integer as school_year", "school_year_start_on::date as school_year_start_on"]
            )
            connection.execute(f"create table marts.{name} as select * replace ({typed}) from counted")
            connection.unregister("counted")
        connection.execute(IDENTITY_MARTS)
        _write_figures(connection, manifest_json)
        create_functions(connection, file.stem)


def _write_figures(connection: duckdb.DuckDBPyConnection, manifest_json: str) -> None:
    """`dim_metric`, and in `mart_metric_by_group` the figures of two metrics, by gender and of all."""
    described = [
        (metric["name"], meta["title"], meta["kind"], meta["unit"], meta["decimals"], meta["minimum_n_report"])
        for metric in json.loads(manifest_json)["metrics"]
        if (meta := metric["config"]["meta"].get("stocktake")) is not None
    ]
    columns = ["metric_id", "title", "kind", "unit", "decimals", "minimum_n_report"]
    connection.register("described", pd.DataFrame(described, columns=columns))
    connection.execute("create table marts.dim_metric as from described")
    counts = {
        "enrollment": ("0", "0", "sum(is_enrolled)", "sum(is_enrollment_unknown)"),
        "chronic_absence_rate": (
            "sum(is_chronically_absent_federal)",
            "sum(is_chronic_eligible_federal)",
            "sum(is_chronic_eligible_federal)",
            "sum(is_attendance_unknown)",
        ),
    }
    selects = [
        f"""
        select '{metric}' as metric_id, school_year, scope as organization_level, school as organization,
          if(grouping(gender) = 0, 'gender', 'all') as dimension, if(grouping(gender) = 0, gender, 'all') as member,
          coalesce({numerator}, 0)::decimal(28, 12) as numerator,
          coalesce({denominator}, 0)::decimal(28, 12) as denominator,
          coalesce({students}, 0)::bigint as n_students, coalesce({unknown}, 0)::bigint as n_unknown,
          {f"100 * {numerator} / nullif({denominator}, 0)" if denominator != "0" else students}::double as value
        from marts.mart_student_year_by_scope
        group by grouping sets ((school_year, scope, school), (school_year, scope, school, gender))
        """
        for metric, (numerator, denominator, students, unknown) in counts.items()
    ]
    connection.execute(f"create table marts.mart_metric_by_group as {' union all '.join(selects)}")
