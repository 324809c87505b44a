"""The SQL that MetricFlow makes of a shape: flat, bound, described, and kept; or the reason why it makes none."""

import duckdb
import pytest

from api.semantic.compile import (
    SHAPES_KEPT,
    CompileError,
    Compiler,
    FilterShape,
    Operator,
    QueryShape,
    parameter,
)
from tests.api.serving_folder import SECOND, ServingFolder

SHAPE = QueryShape(
    components=("attended_days", "enrollment", "membership_days", "suspended_students"),
    group_by=("student_year__gender", "student_year__school_year"),
    filters=(FilterShape("student_year__scope", "in", 1), FilterShape("student_year__school_year", "in", 2)),
)


@pytest.fixture(scope="module")
def compiler(manifest_json: str) -> Compiler:
    return Compiler(manifest_json)


def test_many_components_are_one_scan_of_one_table(compiler: Compiler) -> None:
    sql = compiler.compile(SHAPE).sql.upper()
    assert sql.count('"DISTRICT"."MARTS"."MART_STUDENT_YEAR_BY_SCOPE"') == 1
    assert "JOIN" not in sql


def test_values_are_parameters(compiler: Compiler) -> None:
    sql = compiler.compile(SHAPE).sql
    for name in (parameter(0, 0), parameter(1, 0), parameter(1, 1)):
        assert sql.count(f"${name}") == 1
    assert "__bind__" not in sql
    assert "'" not in "".join(line for line in sql.splitlines() if not line.strip().startswith("--"))


def test_a_shape_is_compiled_once(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    query = compiler.compile(SHAPE)
    monkeypatch.setattr(compiler, "_sql", lambda shape: pytest.fail("compiled again"))
    assert compiler.compile(SHAPE) is query


def test_the_least_recently_used_shape_goes_first(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_sql", lambda shape: str(shape.filters))
    shapes = [QueryShape(("enrollment",), (), (FilterShape("f", "in", count),)) for count in range(SHAPES_KEPT + 1)]
    for shape in shapes[:-1]:
        compiler.compile(shape)
    compiler.compile(shapes[0])
    compiler.compile(shapes[-1])
    assert len(compiler._compiled) == SHAPES_KEPT
    assert shapes[0] in compiler._compiled and shapes[1] not in compiler._compiled


DUCKDB_TYPES = {
    "text": {"VARCHAR"},
    "integer": {"INTEGER", "BIGINT"},
    "number": {"HUGEINT", "DECIMAL(38,4)", "DECIMAL(38,8)", "DECIMAL(38,12)"},
}


@pytest.mark.parametrize(
    "shape",
    [
        SHAPE,
        QueryShape(
            ("ada", "gpa_total", "standard_distance_points_ela"),
            ("student_year__grade_level", "student_year__school", "student_year__school_year"),
            (FilterShape("student_year__scope", "in", 1),),
        ),
        QueryShape(("survey_answers", "survey_respondents"), ("survey_answer__respondent_type",), ()),
        QueryShape(("trainees",), (), (FilterShape("training_record__scope", "in", 1),)),
    ],
    ids=lambda shape: shape.components[0],
)
def test_the_columns_of_the_result_are_as_described(
    compiler: Compiler, published: ServingFolder, shape: QueryShape
) -> None:
    query = compiler.compile(shape)
    sql = query.sql
    for index, one in enumerate(shape.filters):
        for place in range(one.values):
            sql = sql.replace(f"${parameter(index, place)}", "null")
    file = published.root / "snapshots" / SECOND / "district.duckdb"
    with duckdb.connect(str(file), read_only=True) as database:
        described = {row[0]: row[1] for row in database.execute(f"describe {sql}").fetchall()}
    assert query.columns.keys() == described.keys()
    assert {name for name, kind in query.columns.items() if described[name] not in DUCKDB_TYPES[kind]} == set()


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (
            QueryShape(("attended_days", "trainings"), ("student_year__gender",), ()),
            "The given input does not match any of the available group-by-items for SimpleMetric('trainings'): "
            "student_year__gender",
        ),
        (
            QueryShape(("attended_days",), (), (FilterShape("training_record__school", "in", 2),)),
            "The given input does not match any of the available group-by-items for SimpleMetric('attended_days'): "
            "training_record__school",
        ),
        (
            QueryShape(("attended_dayz",), (), ()),
            "The given input does not exactly match any known metrics: attended_dayz",
        ),
        (
            QueryShape(("attended_days",), ("student_year__gender", "student_year__gender"), ()),
            "Query contains duplicate output column names: ('student_year__gender',)",
        ),
        (QueryShape((), (), ()), "There are no metrics or group by items requested in the query"),
    ],
    ids=["group", "filter", "metric", "twice", "nothing"],
)
def test_what_cannot_be_expressed_is_refused_with_the_reason(
    compiler: Compiler, shape: QueryShape, reason: str
) -> None:
    with pytest.raises(CompileError) as refused:
        compiler.compile(shape)
    assert str(refused.value) == reason
    assert shape not in compiler._compiled


@pytest.mark.parametrize(
    ("dimension", "operator"),
    [
        ("student_year__program", "contains"),
        ("years_before_3__el_status", "in_earlier"),
        ("student_year__gender", "in"),
    ],
)
def test_every_way_to_compare_binds_its_values(compiler: Compiler, dimension: str, operator: Operator) -> None:
    shape = QueryShape(("enrollment",), ("student_year__school_year",), (FilterShape(dimension, operator, 2),))
    sql = compiler.compile(shape).sql
    assert "$f0_0" in sql and "$f0_1" in sql and "__bind__" not in sql


def test_an_earlier_year_is_one_join_on_a_key_that_repeats_nowhere(compiler: Compiler) -> None:
    sql = compiler.compile(
        QueryShape(("enrollment",), ("student_year__school_year", "years_before_2__el_status"), ())
    ).sql
    statements = [line for line in sql.upper().splitlines() if not line.strip().startswith("--")]
    assert [line.strip() for line in statements if "JOIN" in line] == ["LEFT OUTER JOIN ("]
    assert "school_year - 2" in sql
