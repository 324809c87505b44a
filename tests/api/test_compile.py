"""The SQL that MetricFlow makes of a shape: flat, bound, and kept."""

import pytest

from api.semantic.compile import SHAPES_KEPT, Compiler, FilterShape, Operator, QueryShape, parameter

SHAPE = QueryShape(
    components=("attended_days", "enrollment", "membership_days", "suspended_students"),
    group_by=("student_year__gender", "student_year__school_year"),
    filters=(FilterShape("student_year__scope", "in", 1), FilterShape("student_year__school_year", "in", 2)),
)


@pytest.fixture(scope="module")
def compiler(manifest_json: str) -> Compiler:
    return Compiler(manifest_json)


def test_many_components_are_one_scan_of_one_table(compiler: Compiler) -> None:
    sql = compiler.sql(SHAPE).upper()
    assert sql.count('"DISTRICT"."MARTS"."MART_STUDENT_YEAR_BY_SCOPE"') == 1
    assert "JOIN" not in sql


def test_values_are_parameters(compiler: Compiler) -> None:
    sql = compiler.sql(SHAPE)
    for name in (parameter(0, 0), parameter(1, 0), parameter(1, 1)):
        assert sql.count(f"${name}") == 1
    assert "__bind__" not in sql
    assert "'" not in "".join(line for line in sql.splitlines() if not line.strip().startswith("--"))


def test_a_shape_is_compiled_once(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    text = compiler.sql(SHAPE)
    monkeypatch.setattr(compiler, "_compile", lambda shape: pytest.fail("compiled again"))
    assert compiler.sql(SHAPE) is text


def test_the_least_recently_used_shape_goes_first(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_compile", lambda shape: str(shape.filters))
    shapes = [QueryShape(("enrollment",), (), (FilterShape("f", "in", count),)) for count in range(SHAPES_KEPT + 1)]
    for shape in shapes[:-1]:
        compiler.sql(shape)
    compiler.sql(shapes[0])
    compiler.sql(shapes[-1])
    assert len(compiler._texts) == SHAPES_KEPT
    assert shapes[0] in compiler._texts and shapes[1] not in compiler._texts


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
    sql = compiler.sql(shape)
    assert "$f0_0" in sql and "$f0_1" in sql and "__bind__" not in sql


def test_an_earlier_year_is_one_join_on_a_key_that_repeats_nowhere(compiler: Compiler) -> None:
    sql = compiler.sql(QueryShape(("enrollment",), ("student_year__school_year", "years_before_2__el_status"), ()))
    statements = [line for line in sql.upper().splitlines() if not line.strip().startswith("--")]
    assert [line.strip() for line in statements if "JOIN" in line] == ["LEFT OUTER JOIN ("]
    assert "school_year - 2" in sql
