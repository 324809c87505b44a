"""Every measure that metrics are made of, counted again from the delivered files with pandas, on three districts.

It shares no code with dbt or with the generator: the counts follow the written definitions. Each is compared exactly,
for every school, year and member of every dimension; of a dimension with groups that overlap, for every set of groups.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

from tests.end_to_end.source_recount.delivered import Delivered
from tests.end_to_end.source_recount.graduation import graduation_cohorts
from tests.end_to_end.source_recount.practice import actions, stocktakes
from tests.end_to_end.source_recount.staff import FTE_PARTS, school_staffing, staff_years, training_records
from tests.end_to_end.source_recount.student_years import SCALES, student_years
from tests.end_to_end.source_recount.surveys import survey_answers, survey_responses
from tests.end_to_end.stocktake import ROOT, Stocktake

METRICS = ROOT / "dbt_project" / "models" / "metrics"
RECOUNTS: dict[str, Callable[[Delivered], pd.DataFrame]] = {
    "student_year": student_years,
    "graduation_cohort": graduation_cohorts,
    "survey_answer": survey_answers,
    "survey_response": survey_responses,
    "training_record": training_records,
    "staff_year": staff_years,
    "school_staffing": school_staffing,
    "stocktake": stocktakes,
    "practice_action": actions,
}
"""The second count of the mart behind each semantic model: columns named as in the mart."""

FTES = (
    *("teacher_fte_known", "teacher_fte_inexperienced"),
    *("teacher_fte_on_census", "budgeted_teacher_fte", "unfilled_teacher_fte"),
)
PARTS = SCALES | dict.fromkeys(FTES, FTE_PARTS)
IN_A_THIRD_YEAR = {"is_second_fall_known", "is_in_college_second_fall"}
NEVER_IN_A_SAMPLE = {"responded_uninvited", "students_without_known_teachers"}
ADD_HERE = "tests/end_to_end/source_recount"


def semantic_models() -> dict[str, dict[str, Any]]:
    documents = [yaml.safe_load(path.read_text()) for path in sorted(METRICS.glob("*.yml"))]
    return {model["name"]: model for document in documents for model in document.get("semantic_models") or ()}


MODELS = semantic_models()


def mart_of(model: dict[str, Any]) -> str:
    return "marts." + str(model["model"]).removeprefix("ref('").removesuffix("')")


def lenses_of(model: dict[str, Any]) -> list[str]:
    metas = {one["name"]: (one.get("config") or {}).get("meta") or {} for one in model["dimensions"]}
    lenses = [name for name, meta in metas.items() if "stocktake" in meta or meta.get("stocktake_role") == "shared"]
    return [lens for lens in lenses if lens != "school"]


@pytest.fixture(
    scope="module",
    params=["default", *(pytest.param(seed, marks=pytest.mark.slow) for seed in (7, 1905))],
    ids=lambda seed: f"seed_{seed}",
)
def counted_district(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stocktake:
    if request.param == "default":
        found: Stocktake = request.getfixturevalue("district")
        return found
    district = Stocktake(tmp_path_factory.mktemp(f"seed_{request.param}") / "district")
    district.folder.mkdir()
    # One year more than the default district has, so that graduates have a second fall.
    size = ("--students", "900", "--schools", "4", "--years", "3")
    sampled = district.command("sample", "--seed", str(request.param), *size)
    assert sampled.returncode == 0, sampled.stdout + sampled.stderr
    district.run()
    return district


@pytest.fixture(scope="module")
def published(counted_district: Stocktake) -> Path:
    snapshots = counted_district.folder / "serving" / "snapshots"
    return snapshots / str(counted_district.pointer()["snapshot_id"]) / "district.duckdb"


@pytest.fixture(scope="module")
def delivered(counted_district: Stocktake) -> Delivered:
    rejected = counted_district.warehouse("select row_id from quarantine.rejected_rows")
    return Delivered(counted_district.delivered, frozenset(row_id for (row_id,) in rejected))


@pytest.fixture(scope="module")
def recounted(delivered: Delivered) -> Callable[[str], pd.DataFrame]:
    known: dict[str, pd.DataFrame] = {}

    def recount(model: str) -> pd.DataFrame:
        if model not in known:
            known[model] = RECOUNTS[model](delivered)
        return known[model]

    return recount


def test_every_model_is_counted_again() -> None:
    counting = {name for name, model in MODELS.items() if model.get("measures")}
    assert counting == RECOUNTS.keys(), f"count the rows from the files in {ADD_HERE}"


@pytest.mark.parametrize("model", RECOUNTS)
def test_every_school_year_and_member_counts_the_same(
    recounted: Callable[[str], pd.DataFrame], published: Path, model: str
) -> None:
    definition, second = MODELS[model], recounted(model)
    measures = {measure["expr"]: measure["agg"] for measure in definition["measures"]}
    lenses = lenses_of(definition)
    missing = sorted((measures.keys() | set(lenses)) - set(second))
    assert missing == [], f"count these columns of {mart_of(definition)} from the files, too, in {ADD_HERE}"
    compared = 0
    for lens in (None, *lenses):
        keys = ["scope", "school", "school_year", *([lens] if lens else [])]
        first = counts_of_the_mart(published, mart_of(definition), measures, keys)
        again = counts_again(second, measures, keys)
        assert first.keys() == again.keys(), (lens, sorted(first.keys() ^ again.keys())[:10])
        differing = {
            (*key, measure): (first[key][measure], again[key][measure])
            for key in first
            for measure in measures
            if first[key][measure] != again[key][measure]
        }
        assert differing == {}, (lens, len(differing), dict(list(differing.items())[:10]))
        compared += len(first)
    assert compared > 2 * 5, "years x schools and the district"


def counts_of_the_mart(
    database: Path, mart: str, measures: dict[str, str], keys: list[str]
) -> dict[tuple[object, ...], dict[str, Fraction]]:
    """Rows and measures by `keys`, exactly; what is unknown adds up to nothing."""
    functions = {"sum": "sum({})", "count_distinct": "count(distinct {})"}
    summed = ", ".join(functions[agg].format(measure) for measure, agg in measures.items())
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            f"select {', '.join(keys)}, {summed} from {mart} group by {', '.join(keys)}"
        ).fetchall()
    return {
        row[: len(keys)]: dict(zip(measures, (Fraction(value or 0) for value in row[len(keys) :]), strict=True))
        for row in rows
    }


def counts_again(
    second: pd.DataFrame, measures: dict[str, str], keys: list[str]
) -> dict[tuple[object, ...], dict[str, Fraction]]:
    grouped = second.groupby(keys)
    columns = {
        measure: grouped[measure].nunique() if agg == "count_distinct" else grouped[measure].sum()
        for measure, agg in measures.items()
    }
    table = pd.DataFrame(columns)
    return {
        key: {measure: Fraction(int(row[measure]), PARTS.get(measure, 1)) for measure in measures}
        for key, row in zip(table.index, table.to_dict("records"), strict=True)
    }


@pytest.mark.parametrize("model", RECOUNTS)
def test_every_measure_counts_something(recounted: Callable[[str], pd.DataFrame], model: str) -> None:
    """Nothing is compared where nothing happens."""
    rows = recounted(model)
    summed = {measure["expr"] for measure in MODELS[model]["measures"] if measure["agg"] == "sum"}
    empty = {measure for measure in summed if rows[measure].sum() == 0}
    if rows["school_year"].nunique() < 3:
        empty -= IN_A_THIRD_YEAR
    assert {measure for measure in empty if "unknown" not in measure} == NEVER_IN_A_SAMPLE & summed


def test_the_districts_exercise_what_they_should(recounted: Callable[[str], pd.DataFrame]) -> None:
    rows = recounted("student_year")
    lenses = lenses_of(MODELS["student_year"])
    # There is one high school, and so one pattern that leads to it.
    assert {lens for lens in lenses if rows[lens].nunique() < 2} == {"feeder"}
    schools = rows.query("scope == 'school'").groupby(["student", "school_year"]).size()
    assert (schools > 1).sum() >= 10
    assert {2025, 2026} <= set(rows["school_year"])
