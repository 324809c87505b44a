"""Who is who: decisions can be taken back, come in any order, and move exactly whom they name."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dbt.conftest import BuiltDistrict, ParsedProject, run_dbt
from tests.dbt.raw_district import RawDistrict, random_district

STEPS = (
    "int_person_decisions_dated",
    "int_student_records_keyed",
    "int_student_ids_held",
    "int_student_decisions_judged",
    "int_student_links_ruled",
    "int_student_keys_resolved",
    "int_students_rostered",
    "int_student_ids_matched",
)
"""The models that resolve ids, in the order in which they build."""

STUDENTS = """
create schema district.intermediate;
create table district.intermediate.int_students_united (
    source_system varchar, person_namespace varchar, person_id varchar, student_number varchar,
    state_student_id varchar, given_name varchar, family_name varchar, birth_on date, grade_level varchar,
    source_file varchar, source_row bigint);
insert into district.intermediate.int_students_united by name
select 'sis' as source_system, 'sis' as person_namespace, 'u' || n as person_id, n::varchar as student_number,
  (900 + n)::varchar as state_student_id, date '2014-01-01' + n::integer as birth_on, n as source_row
from range(1, 7) as numbers(n)
union all by name
select 'api' as source_system, 'api' as person_namespace, 'x' || n as person_id, n::varchar as student_number,
  (900 + n)::varchar as state_student_id, n as source_row
from range(1, 4) as numbers(n)
union all by name
select 'old' as source_system, 'old' as person_namespace, 'v' || n as person_id, (900 + n)::varchar as state_student_id,
  date '2014-01-01' + n::integer as birth_on, n as source_row
from range(5, 9) as numbers(n)
union all by name
select 'sis' as source_system, 'sis' as person_namespace, 'shared' as person_id, n::varchar as student_number,
  n as source_row
from range(5, 7) as numbers(n);

create table district.intermediate.int_enrollments_united as
select 'sis' as person_namespace, 'u' || n as person_id from range(1, 6) as numbers(n);

create table district.intermediate.int_student_ids_mentioned as
select * from (values ('local', '1'), ('local', '77'), ('state', '905'), ('state', '999'), ('vendor', 'm1'))
  as mentions(person_namespace, person_id);

create table district.intermediate.int_person_decisions_united (
    source_system varchar, decision_id varchar, kind varchar, person_type varchar, person_namespace varchar,
    person_id varchar, into_namespace varchar, into_id varchar, effective_on date, revoked_on date, source_file varchar,
    source_row bigint);
"""
"""Six students in the SIS, three of them in a second system too; a legacy roster without numbers, whose v5 is number 5
by state id; one id that two numbers carry; and ids that nobody knows."""

IDS = (
    *(("local", str(n)) for n in range(1, 7)),
    *(("sis", f"u{n}") for n in range(1, 7)),
    *(("api", f"x{n}") for n in range(1, 4)),
    *(("old", f"v{n}") for n in range(5, 9)),
    *(("state", str(900 + n)) for n in range(1, 9)),
    ("sis", "shared"),
    ("local", "77"),
    ("state", "999"),
    ("vendor", "m1"),
    ("vendor", "never heard of"),
)

Id = tuple[str, str]
Crosswalk = dict[Id, tuple[str, str | None, str]]


@dataclass(frozen=True)
class Decision:
    """One row of the decisions."""

    decision_id: str
    kind: str
    person: Id
    into: Id | None
    effective_on: date
    revoked_on: date | None = None


class Resolution:
    """The project's own SQL from records and decisions to the crosswalk, without dbt around it."""

    def __init__(self, sql: dict[str, str]) -> None:
        self._sql = sql
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute("attach ':memory:' as district")
        self._connection.execute(STUDENTS)

    def resolve(self, decisions: Sequence[Decision]) -> Crosswalk:
        """The crosswalk under these decisions: id -> key, rule, status."""
        self._connection.execute("delete from district.intermediate.int_person_decisions_united")
        if decisions:
            self._connection.executemany(
                "insert into district.intermediate.int_person_decisions_united values "
                "('d', ?, ?, 'student', ?, ?, ?, ?, ?, ?, 'd.csv', ?)",
                [
                    (d.decision_id, d.kind, *d.person, *(d.into or (None, None)), d.effective_on, d.revoked_on, line)
                    for line, d in enumerate(decisions, start=2)
                ],
            )
        for step in STEPS:
            self._connection.execute(f"create or replace table district.intermediate.{step} as {self._sql[step]}")
        rows = self._connection.execute(
            "select person_namespace, person_id, student_key, match_rule, match_status "
            "from district.intermediate.int_student_ids_matched"
        ).fetchall()
        assert len(rows) == len({row[:2] for row in rows}), "an id leads to two persons"
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}

    def students(self) -> set[str]:
        """Keys of the students in the roster."""
        rows = self._connection.execute(
            "select student_key from district.intermediate.int_students_rostered"
        ).fetchall()
        return {key for (key,) in rows}

    def judged(self) -> dict[str, tuple[str, str | None]]:
        """decision_id -> state and reason of a refusal."""
        rows = self._connection.execute(
            "select decision_id, decision_state, refusal_reason from district.intermediate.int_student_decisions_judged"
        ).fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}

    def merged(self) -> list[tuple[str, str]]:
        """Pairs of keys that applied merges join."""
        return self._connection.execute(
            "select person_key, into_key from district.intermediate.int_student_decisions_judged "
            "where kind = 'merge' and decision_state = 'applied'"
        ).fetchall()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def resolution(parsed_project: ParsedProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolution]:
    folder: Path = tmp_path_factory.mktemp("compiled")
    command = ["compile", "--no-introspect", "--select", *STEPS]
    compiled = run_dbt(command, folder / "district.duckdb", folder / "target", parsed_project.manifest)
    assert compiled.success, compiled.exception
    found = Resolution({result.node.name: result.node.compiled_code for result in compiled.result.results})  # type: ignore[union-attr]
    yield found
    found.close()


def _decisions(kinds: Sequence[str]) -> st.SearchStrategy[list[Decision]]:
    one = st.builds(
        lambda kind, person, into, day: Decision("", kind, person, None if kind == "split" else into, day),
        st.sampled_from(kinds),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.sampled_from([date(2020, 1, 1), date(2020, 1, 2), date(2021, 1, 1)]),
    )
    return st.lists(one, max_size=8).map(lambda rows: [replace(row, decision_id=f"d{n}") for n, row in enumerate(rows)])


@settings(max_examples=15, deadline=None)
@given(decisions=_decisions(["merge", "split", "not_same"]))
def test_decisions_that_are_revoked_leave_no_trace(resolution: Resolution, decisions: list[Decision]) -> None:
    before = resolution.resolve([])
    resolution.resolve(decisions)
    revoked = [replace(decision, revoked_on=date(2022, 1, 1)) for decision in decisions]
    assert resolution.resolve(revoked) == before
    pending = [replace(decision, effective_on=date(2199, 1, 1)) for decision in decisions]
    assert resolution.resolve(pending) == before


@settings(max_examples=15, deadline=None)
@given(decisions=_decisions(["merge", "split", "not_same"]), chance=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(resolution: Resolution, decisions: list[Decision], chance: object) -> None:
    found, judged = resolution.resolve(decisions), resolution.judged()
    shuffled = list(decisions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (resolution.resolve(shuffled), resolution.judged()) == (found, judged)


@settings(max_examples=15, deadline=None)
@given(decisions=_decisions(["merge", "split", "not_same"]))
def test_deciding_the_same_again_changes_nothing(resolution: Resolution, decisions: list[Decision]) -> None:
    found = resolution.resolve(decisions)
    again = [
        replace(decision, decision_id=f"e{n}", effective_on=date(2022, 1, 1)) for n, decision in enumerate(decisions)
    ]
    assert resolution.resolve([*decisions, *again]) == found


@settings(max_examples=25, deadline=None)
@given(decisions=_decisions(["merge", "merge", "merge", "not_same"]))
def test_exactly_those_are_one_person_whom_merges_join(resolution: Resolution, decisions: list[Decision]) -> None:
    before = resolution.resolve([])
    students = resolution.students()
    found = resolution.resolve(decisions)
    merges = resolution.merged()
    leader: dict[str, str] = {}

    def leader_of(key: str) -> str:
        while key in leader:
            key = leader[key]
        return key

    def join(person: str, into: str) -> None:
        if leader_of(person) != leader_of(into):
            leader[leader_of(person)] = leader_of(into)

    for person, into in merges:
        join(person, into)
    # A rule links v5 to number 5, as long as no decision says who v5 is, or that the two are not the same.
    legacy, fifth = hashlib.md5(b"source_student|old|v5").hexdigest(), before["local", "5"][0]
    own_key = {identity: key for identity, (key, _, _) in before.items()} | {("old", "v5"): legacy}
    are_kept_apart = any(
        {leader_of(own_key[one]) for one in (decision.person, decision.into) if one in own_key}
        == {leader_of(legacy), leader_of(fifth)}
        for decision in decisions
        if decision.kind == "not_same"
    )
    if legacy not in {person for person, _ in merges} and not are_kept_apart:
        merges.append((legacy, fifth))
        join(legacy, fifth)
    groups = {leader_of(key) for key in students}
    assert len(resolution.students()) == len(groups)
    for _, into in merges:
        keys = {key for key, _, _ in found.values() if leader_of(key) == leader_of(into)}
        assert len(keys) == 1, "somebody who was merged is still somebody"


def test_exact_ids_come_first_and_what_is_ambiguous_is_kept(resolution: Resolution) -> None:
    found = resolution.resolve([])
    assert found["api", "x1"] == (found["local", "1"][0], "own_id", "matched")
    assert found["state", "901"] == (found["local", "1"][0], "state_id", "matched")
    assert found["old", "v5"] == (found["local", "5"][0], "state_id", "matched")
    # Number 6 is not enrolled, so nothing says that v6 is the same person for sure.
    assert found["old", "v6"][1:] == (None, "unmatched")
    assert found["sis", "shared"][1:] == (None, "ambiguous")
    assert found["vendor", "m1"][1:] == (None, "unmatched")
    assert len({key for key, _, status in found.values() if status == "matched"}) == 6


def _merge(number: int, person: Id, into: Id) -> Decision:
    return Decision(f"d{number}", "merge", person, into, date(2020, 1, number))


def test_a_chain_of_merges_leads_to_its_end(resolution: Resolution) -> None:
    found = resolution.resolve([_merge(1, ("sis", "u1"), ("local", "2")), _merge(2, ("local", "2"), ("sis", "u3"))])
    last = found["local", "3"][0]
    for identity in (("local", "1"), ("api", "x1"), ("state", "901"), ("sis", "u2"), ("state", "902")):
        assert found[identity] == (last, "decision", "matched")
    assert len(resolution.students()) == 4


def test_an_id_of_nobody_and_an_ambiguous_one_can_be_given_to_somebody(resolution: Resolution) -> None:
    found = resolution.resolve(
        [_merge(1, ("state", "999"), ("local", "1")), _merge(2, ("sis", "shared"), ("local", "5"))]
    )
    assert found["state", "999"] == (found["local", "1"][0], "decision", "matched")
    assert found["sis", "shared"] == (found["local", "5"][0], "decision", "matched")
    assert len(resolution.students()) == 6


def test_an_id_is_ambiguous_no_longer_once_its_holders_are_one(resolution: Resolution) -> None:
    found = resolution.resolve([_merge(1, ("local", "6"), ("local", "5"))])
    assert found["sis", "shared"] == (found["local", "5"][0], "own_id", "matched")


def test_a_split_gives_one_id_a_person_and_a_merge_beside_it_moves_it(resolution: Resolution) -> None:
    before = resolution.resolve([])
    split = Decision("d1", "split", ("api", "x2"), None, date(2020, 1, 1))
    found = resolution.resolve([split])
    assert found["api", "x2"][0] != before["api", "x2"][0]
    assert found["api", "x2"][1:] == ("own_id", "matched")
    assert found["local", "2"] == before["local", "2"]
    assert len(resolution.students()) == 7
    moved = resolution.resolve([split, _merge(2, ("api", "x2"), ("local", "4"))])
    assert moved["api", "x2"] == (moved["local", "4"][0], "decision", "matched")
    assert moved["local", "2"] == before["local", "2"]


def test_keeping_two_apart_undoes_a_rule(resolution: Resolution) -> None:
    apart = Decision("d1", "not_same", ("old", "v5"), ("local", "5"), date(2020, 1, 1))
    found = resolution.resolve([apart])
    assert found["old", "v5"][1:] == (None, "unmatched")
    assert resolution.judged()["d1"] == ("applied", None)


# --- Through the whole of dbt -----------------------------------------------------------------------------------

MODELS = ["build", "--exclude-resource-type", "unit_test"]


def _decide(raw: RawDistrict, decision_id: str, kind: str, person: Id, into: Id | None, **dates: str) -> None:
    raw.add(
        "identity_decisions__decisions",
        decision_id=decision_id,
        kind=kind,
        person_namespace=person[0],
        person_id=person[1],
        into_namespace=into[0] if into else None,
        into_id=into[1] if into else None,
        effective_on=dates.get("effective_on", "2026-01-01"),
        revoked_on=dates.get("revoked_on"),
    )


def test_marts_change_by_exactly_what_is_merged(build: Callable[..., BuiltDistrict]) -> None:
    raw = random_district(seed=20261130, students=12)
    before = build(raw, MODELS)
    _decide(raw, "m1", "merge", ("oneroster", "u1002"), ("local", "1001"))
    _decide(raw, "m2", "merge", ("local", "1003"), ("local", "1004"), revoked_on="2026-02-01")
    _decide(raw, "m3", "merge", ("local", "1005"), ("local", "1006"), effective_on="2199-01-01")
    _decide(raw, "m4", "merge", ("local", "no such number"), ("local", "1006"))
    after = build(raw, MODELS)
    assert after.result.success, after.result.exception

    keys = before.table("marts.dim_student").set_index("student_number")["student_key"]
    moved = {keys["1002"]: keys["1001"]}

    def expected(name: str) -> list[tuple[object, ...]]:
        frame = before.table(f"marts.{name}")
        return _rows(frame.assign(student_key=frame["student_key"].replace(moved)))

    assert set(after.table("marts.dim_student")["student_key"]) == set(keys) - {keys["1002"]}
    for name in ("fct_assessment_result", "fct_discipline_event"):
        assert _rows(after.table(f"marts.{name}")) == expected(name)
    for name in ("fct_enrollment_spell", "fct_attendance_student_school_year", "mart_student_district_year"):
        others = [row for row in expected(name) if keys["1001"] not in row]
        assert [row for row in _rows(after.table(f"marts.{name}")) if keys["1001"] not in row] == others
    for name in ("mart_student_district_year", "fct_enrollment_spell"):
        years = {
            row["school_year"]
            for _, row in before.table(f"marts.{name}").iterrows()
            if row["student_key"] in {keys["1001"], keys["1002"]}
        }
        found = after.table(f"marts.{name}").query("student_key == @keys['1001']")
        assert set(found["school_year"]) == years
    states = after.table("marts.mart_identity_decision").set_index("decision_id")["decision_state"]
    assert states.to_dict() == {"m1": "applied", "m2": "revoked", "m3": "pending", "m4": "refused"}


def _rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Rows in a fixed order, without keys that are made from the student's."""
    made = [name for name in ("enrollment_spell_key", "discipline_event_key", "student_year_key") if name in frame]
    plain = frame.drop(columns=made).astype(str)
    return sorted(plain.itertuples(index=False, name=None))


def test_records_of_a_second_roster_are_matched_counted_and_proposed(build: Callable[..., BuiltDistrict]) -> None:
    """A student under two numbers: nothing is merged, the pair is proposed, and the state id leads to nobody."""
    raw = random_district(seed=5, students=6)
    raw.rows["oneroster__users"][1]["user_ids"] = raw.rows["oneroster__users"][0]["user_ids"]
    for row in raw.rows["oneroster__users"][:2]:
        row |= {"given_name": "Ada", "family_name": "One"}
    for row in raw.rows["oneroster__demographics"][:2]:
        row["birth_date"] = "2014-05-01"
    for number in ("1001", "1002"):
        raw.add(
            "oneroster__enrollments",
            sourced_id=f"extra{number}",
            class_sourced_id="h101202601",
            school_sourced_id="org101",
            user_sourced_id=f"u{number}",
            role="student",
            begin_date="2025-08-20",
        )
    raw.add(
        "assessment_files__results",
        result_id="t",
        instrument="STATE",
        school_year="2026",
        student_id="9000001",
        student_id_type="state",
        school_id="101",
        subject="ELA",
        tested_grade="03",
        scale_score="2500",
        test_date="2026-04-15",
    )
    built = build(raw, MODELS)
    assert built.result.success, built.result.exception
    assert built.table("marts.dim_student")["is_in_roster"].sum() == 6
    candidates = built.table("marts.mart_identity_candidate")
    assert set(candidates["match_rule"]) == {"state_id", "name_and_birth_date"}
    assert {frozenset(pair) for pair in candidates[["person_id", "into_id"]].itertuples(index=False)} == {
        frozenset({"u1001", "u1002"})
    }
    crosswalk = built.table("marts.dim_student_identity").set_index(["person_namespace", "person_id"])
    assert crosswalk.loc[("state", "9000001"), "match_status"] == "ambiguous"
    match = built.table("marts.mart_source_match").set_index(["source_table", "match_to"])
    ambiguous = match.loc[("assessment_files__results", "student")]
    assert ambiguous["rows_ambiguous"] >= 1
    assert ambiguous["keys_ambiguous"] == 1

    _decide(raw, "m1", "merge", ("local", "1002"), ("local", "1001"))
    decided = build(raw, MODELS)
    assert decided.result.success, decided.result.exception
    assert decided.table("marts.mart_identity_candidate").empty
    assert decided.table("marts.mart_source_match")["rows_ambiguous"].sum() == 0


def test_staff_are_merged_as_students_are(build: Callable[..., BuiltDistrict]) -> None:
    raw = RawDistrict()
    for staff in ("E1", "E2", "E3"):
        raw.add("hr_files__staff", staff_id=staff, hire_date="2019-08-01")
        raw.add("training_files__records", record_id=staff, staff_id=staff, course_code="A", enrolled_on="2025-09-01")
    raw.add("training_files__records", record_id="stray", staff_id="E9", course_code="B", enrolled_on="2025-09-01")
    for decision_id, person in (("m1", "E2"), ("m2", "E9")):
        _decide(raw, decision_id, "merge", ("local", person), ("local", "E1"))
        raw.rows["identity_decisions__decisions"][-1]["person_type"] = "staff"
    built = build(raw, MODELS)
    assert built.result.success, built.result.exception
    keys = built.table("marts.dim_staff").set_index("staff_number")["staff_key"]
    assert set(keys.index) == {"E1", "E3"}
    trained = built.table("marts.fct_training_record")["staff_key"].value_counts()
    assert trained.to_dict() == {keys["E1"]: 3, keys["E3"]: 1}
    crosswalk = built.table("marts.dim_staff_identity").set_index("person_id")
    assert set(crosswalk["staff_key"]) == set(keys)
    assert crosswalk.loc["E9", "match_rule"] == "decision"
    match = built.table("marts.mart_source_match").set_index(["source_table", "match_to"])
    assert match.loc[("training_files__records", "staff"), "rows_unmatched"] == 0
