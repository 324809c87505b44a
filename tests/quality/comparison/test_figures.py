"""Which figures differ: nothing between equals, and the same seen from either side."""

from decimal import Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.comparison.figures import KEYS, FigureChange, figure_changes, figure_hashes, metric_changes

Figure = tuple[str, int, str, str, str, str]
Counts = tuple[int, int, int]

FIGURES: st.SearchStrategy[dict[Figure, Counts]] = st.dictionaries(
    st.tuples(
        st.sampled_from(["enrollment", "attendance_rate"]),
        st.sampled_from([2025, 2026]),
        st.sampled_from(["district", "school"]),
        st.sampled_from(["101", "O'Neil"]),
        st.sampled_from(["all", "gender"]),
        st.sampled_from(["all", "unknown"]),
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    max_size=8,
)


def store(connection: duckdb.DuckDBPyConnection, table: str, figures: dict[Figure, Counts], scale: int = 4) -> None:
    connection.execute(
        f"create or replace table {table} (metric_id varchar, school_year integer, organization_level varchar, "
        f"organization varchar, dimension varchar, member varchar, numerator decimal(18, {scale}), "
        f"denominator decimal(18, {scale}), n_students bigint, n_unknown bigint, value double)"
    )
    for key, (numerator, denominator, unknown) in figures.items():
        value = numerator / denominator if denominator else None
        connection.execute(
            f"insert into {table} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*key, numerator, denominator, denominator, unknown, value],
        )


def key_of(change: FigureChange) -> Figure:
    return tuple(getattr(change, key) for key in KEYS)  # type: ignore[return-value]


@settings(max_examples=40, deadline=None)
@given(FIGURES, FIGURES)
def test_the_difference_is_exact_and_the_same_from_either_side(
    before: dict[Figure, Counts], after: dict[Figure, Counts]
) -> None:
    with duckdb.connect() as connection:
        store(connection, "a", before)
        store(connection, "b", after)
        assert figure_changes(connection, "a", "a", limit=100) == ()
        assert metric_changes(connection, "a", "a") == ()

        there = figure_changes(connection, "a", "b", limit=100)
        assert {key_of(one): one.change for one in there} == {
            **dict.fromkeys(after.keys() - before.keys(), "added"),
            **dict.fromkeys(before.keys() - after.keys(), "removed"),
            **{key: "changed" for key in before.keys() & after.keys() if before[key] != after[key]},
        }
        for one in there:
            for side, figures in ((one.before, before), (one.after, after)):
                found = None if side is None else (side.numerator, side.denominator, side.n_unknown)
                assert found == figures.get(key_of(one))

        back = figure_changes(connection, "b", "a", limit=100)
        mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
        assert [(key_of(one), mirrored[one.change], one.after, one.before) for one in back] == [
            (key_of(one), one.change, one.before, one.after) for one in there
        ]
        counted, counted_back = (metric_changes(connection, *pair) for pair in (("a", "b"), ("b", "a")))
        assert [(m.metric_id, m.added, m.removed, m.changed, m.largest_change) for m in counted] == [
            (m.metric_id, m.removed, m.added, m.changed, m.largest_change) for m in counted_back
        ]
        assert sum(metric.figures for metric in counted) == len(there)


@settings(max_examples=25, deadline=None)
@given(FIGURES, FIGURES)
def test_equal_hashes_mean_equal_figures(one: dict[Figure, Counts], other: dict[Figure, Counts]) -> None:
    with duckdb.connect() as connection:
        store(connection, "a", one)
        # In another order, and with other decimals in the column's type.
        store(connection, "same", dict(reversed(one.items())), scale=8)
        store(connection, "b", other)
        hashes = figure_hashes(connection, "a")
        assert figure_hashes(connection, "same") == hashes
        assert (figure_hashes(connection, "b") == hashes) == (one == other)


def test_it_says_where_figures_differ_and_by_how_much() -> None:
    total = ("attendance_rate", 2026, "district", "district", "all", "all")
    of_school = ("attendance_rate", 2025, "school", "101", "gender", "female")
    with duckdb.connect() as connection:
        store(connection, "a", {total: (1, 2, 0), of_school: (1, 4, 0)})
        store(connection, "b", {total: (1, 4, 0), of_school: (2, 4, 1)})
        (changed,) = metric_changes(connection, "a", "b")
        first, _ = figure_changes(connection, "a", "b", limit=10)
        (only,) = figure_changes(connection, "a", "b", limit=1)
    assert (changed.school_years, changed.schools, changed.groups) == (
        (2025, 2026),
        ("101",),
        ("all=all", "gender=female"),
    )
    assert changed.largest_change == 0.25
    assert only == first
    assert first.school_year == 2025
    assert first.before is not None
    assert first.before.numerator == Decimal(1)
