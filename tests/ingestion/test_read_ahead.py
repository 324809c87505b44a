"""Reading ahead changes neither items nor errors, and leaves nothing open."""

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.read_ahead import read_ahead


@given(st.lists(st.integers(), max_size=20))
def test_items_come_in_order(items: list[int]) -> None:
    assert list(read_ahead(item for item in items)) == items


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    reader = read_ahead(items())
    assert next(reader) == 1
    with pytest.raises(ValueError, match="broken"):
        next(reader)


def test_stopping_early_closes_what_is_read() -> None:
    closed = []

    def items() -> Generator[int, None, None]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    reader = read_ahead(items())
    assert next(reader) == 0
    reader.close()  # type: ignore[attr-defined]
    assert closed == [True]
