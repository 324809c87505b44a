"""Reading a delivered file: nothing is lost, nothing is changed."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.csv_reader import read_csv
from ingestion.errors import SourceFormatError
from ingestion.file_format import FileFormat

# Control characters aside, any text may stand in a quoted value.
values = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


@given(st.lists(st.lists(values, min_size=3, max_size=3), max_size=20))
@settings(max_examples=60, deadline=None)
def test_values_come_back_exactly_as_written(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])

    content = read_csv(buffer.getvalue().encode(), "file.csv")

    numbered = [(n, [value or None for value in row]) for n, row in enumerate(rows, start=2) if any(row)]
    expected = [row for _, row in numbered]
    assert [list(row.values()) for row in content.table.to_pylist()] == expected
    assert content.unreadable == ()
    assert content.rows.to_pylist() == [number for number, _ in numbered]


def test_a_line_with_too_many_values_is_kept_with_its_number_and_the_others_keep_theirs() -> None:
    content = read_csv(b"a,b\n1,2\n3,4,5\n\n6,7\n", "file.csv")

    assert content.table.column("a").to_pylist() == ["1", "6"]
    assert content.rows.to_pylist() == [2, 5]
    (line,) = content.unreadable
    assert (line.row, line.expected_columns, line.actual_columns, line.content) == (3, 2, 3, "3,4,5")


def test_a_quoted_line_break_stays_in_its_value() -> None:
    content = read_csv(b'a,b\n"x\ny",2\n', "file.csv")
    assert content.table.to_pylist() == [{"a": "x\ny", "b": "2"}]


def test_a_byte_order_mark_is_not_part_of_the_first_header() -> None:
    assert read_csv(b"\xef\xbb\xbfa,b\n1,2\n", "file.csv").header == ("a", "b")


def test_windows_text_is_read_and_said_so() -> None:
    content = read_csv("name\nJosé\n".encode("cp1252"), "file.csv")
    assert content.encoding == "cp1252"
    assert content.table.column("name").to_pylist() == ["José"]


def test_a_file_with_only_a_header_has_no_rows() -> None:
    content = read_csv(b"a,b\n", "file.csv")
    assert content.table.num_rows == 0
    assert content.rows.to_pylist() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no header line"),
        (b"a,b,a\n1,2,3\n", "repeats the header a"),
        (b"PK\x00\x03", "not a text file"),
    ],
)
def test_an_unusable_file_is_refused_by_name_with_the_remedy(content: bytes, message: str) -> None:
    with pytest.raises(SourceFormatError, match=message) as raised:
        read_csv(content, "sis/calendar.csv")
    assert "sis/calendar.csv" in str(raised.value)


def test_titles_above_the_headers_are_left_out_and_lines_keep_their_numbers() -> None:
    content = read_csv(b",Reading,\n,,\nid,score\n1,2\n3\n4,5\n", "a.csv", FileFormat(header_row=3))
    assert content.header == ("id", "score")
    assert content.table.to_pylist() == [{"id": "1", "score": "2"}, {"id": "4", "score": "5"}]
    assert content.rows.to_pylist() == [4, 6]
    assert [line.row for line in content.unreadable] == [5]


def test_a_header_that_may_repeat_is_numbered() -> None:
    content = read_csv(b"id,Filler,,Filler,\n1,2,3,4,5\n", "a.csv", FileFormat(repeated_headers="number"))
    assert content.header == ("id", "Filler", "(column 3 has no header)", "Filler (2)", "(column 5 has no header)")
    assert content.table.column("Filler (2)").to_pylist() == ["4"]


def test_a_header_of_thousands_of_columns_is_read_whole() -> None:
    names = [f"a rather long name of a column, number {n}" for n in range(5000)]
    text = ",".join(f'"{name}"' for name in names) + "\n" + ",".join("1" * 5000) + "\n"
    content = read_csv(text.encode(), "wide.csv")
    assert content.header == tuple(names)
    assert content.table.num_rows == 1
