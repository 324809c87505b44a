"""Packed, encoded and damaged files: each is read right or refused by one clear message, without student data."""

import gzip
import random
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from ingestion.delivered_content import opened_content
from ingestion.delivered_files import find_files
from ingestion.errors import SourceFormatError
from ingestion.file_format import FileFormat
from ingestion.text_survey import MAX_LINE_BYTES

NAME = "Quigley-Sample"
"""Stands for a student in the files below; no message may repeat it."""


class Read:
    """What came of reading the one file that matches a pattern."""

    def __init__(self, root: Path, pattern: str = "*", **file_format: object) -> None:
        (file,) = find_files(root, [pattern])
        with opened_content(file, file.name, FileFormat.model_validate(file_format)) as opened:
            blocks = list(opened.content.blocks())
            self.rows = pa.concat_tables([table for table, _ in blocks]).to_pylist() if blocks else []
            self.numbers = [number for _, numbers in blocks for number in numbers.to_pylist()]
            self.unreadable = [(line.row, line.content) for line in opened.content.unreadable]
            self.encoding = opened.content.encoding
            self.header = opened.content.header
            self.sha256 = opened.sha256


def refusal(root: Path, pattern: str = "*", **file_format: object) -> str:
    with pytest.raises(SourceFormatError) as raised:
        Read(root, pattern, **file_format)
    assert NAME not in str(raised.value)
    return str(raised.value)


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("content", "file_format", "encoding"),
    [
        ("id;name\n007;José\n".encode("utf-8-sig"), {}, "utf8"),
        ("id;name\n007;José\n".encode("cp1252"), {}, "cp1252"),
        ("id;name\n007;José\n".encode("utf-16"), {}, "utf-16"),
        ("id;name\n007;José\n".encode("utf-16-le"), {"encoding": "utf-16-le"}, "utf-16-le"),
        ("id\tname\n007\tJosé\n".encode(), {}, "utf8"),
        ("id|name\r\n007|José\r\n".encode(), {}, "utf8"),
        ("id,name\r007,José\r".encode(), {}, "utf8"),
        ("id,name\n007,'José'\n".encode(), {"quote": "'"}, "utf8"),
        ('"id, of the pupil;x";name\n007;José\n'.encode(), {}, "utf8"),
    ],
)
def test_encodings_delimiters_and_quotes_are_told_apart(
    tmp_path: Path, content: bytes, file_format: dict[str, str], encoding: str
) -> None:
    read = Read(write(tmp_path, "a.csv", content), **file_format)
    assert [list(row.values()) for row in read.rows] == [["007", "José"]]
    assert read.encoding == encoding


def test_lines_above_the_header_and_footers_are_left_out_and_line_numbers_hold(tmp_path: Path) -> None:
    content = b'Export of 1 May\n\nid,"na\nme"\n1,a\n2,b,c\n3,d\nTotal: 3\n"Total",3\n'
    read = Read(write(tmp_path, "a.csv", content), header_row=3, footer="^Total")
    assert read.header == ("id", "na\nme")
    assert [row["id"] for row in read.rows] == ["1", "3"]
    assert read.numbers == [5, 7]
    assert read.unreadable == [(6, "2,b,c")]


def test_a_footer_pattern_that_would_swallow_records_is_refused(tmp_path: Path) -> None:
    for last in (b"S2,b", b"S2,b,c"):
        message = refusal(write(tmp_path, "a.csv", b"id,n\nT1,a\n" + last + b"\n"), footer="^T")
        assert "line 2" in message and "footer" in message


def test_gzip_in_pieces_is_one_file_and_its_digest_is_of_what_was_delivered(tmp_path: Path) -> None:
    packed = gzip.compress(b"id,n\n1,a\n") + gzip.compress(b"2,b\n")
    read = Read(write(tmp_path, "a.csv.gz", packed))
    assert [row["id"] for row in read.rows] == ["1", "2"]
    assert read.sha256 == Read(write(tmp_path, "a.csv.gz", packed)).sha256


def test_many_blocks_keep_every_row_and_the_true_line_of_each_bad_one(tmp_path: Path) -> None:
    picks = random.Random(7)
    bad = sorted(picks.sample(range(2, 200_002), 50))
    lines = [f"{n},{'x' * 60}" + (",surplus" if n in set(bad) else "") for n in range(2, 200_002)]
    read = Read(write(tmp_path, "a.csv", ("id,text\n" + "\n".join(lines) + "\n").encode()))
    assert [row for row, _ in read.unreadable] == bad
    assert read.numbers == [int(row["id"]) for row in read.rows]
    assert len(read.rows) + len(bad) == 200_000


def test_a_nested_member_of_an_archive_below_a_folder_is_found_by_its_pattern(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "drop_2026.zip", "w") as archive:
        archive.writestr("out/part/results.csv", "id\n1\n")
        archive.writestr("__MACOSX/out/part/._results.csv", "junk")
    assert Read(tmp_path, "drop_*.zip/*results.csv").rows == [{"id": "1"}]
    (file,) = find_files(tmp_path / "drop_2026.zip", ["*.csv"])
    assert file.name == "out/part/results.csv"


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", b"", ("a.csv", "empty", "send it again")),
        ("a.csv", b"\n\n", ("a.csv", "empty")),
        ("a.csv", b"id,name,id\n1,Quigley-Sample,2\n", ("a.csv, line 1", "repeats the header id")),
        ("a.csv", b"Quigley-Sample,2010-01-05,2010-01-05\n", ("line 1", "does not look like headers")),
        ("a.csv", b"<!DOCTYPE html><p>Sign in, Quigley-Sample", ("web page", "Download the export again")),
        ("a.csv", b'{"error": "expired", "who": "Quigley-Sample"}', ("JSON", "CSV")),
        ("a.csv", b"PK\x03\x04....", ("Excel workbook", ".xlsx")),
        ("a.csv", b"id,n\n1,a\x00\n", ("not a text file",)),
        ("a.csv", b"id,n\n1,\x81Quigley-Sample\n", ("line 2", "neither UTF-8", "encoding")),
        ("a.csv", b'id,n\n1,a\n2,"Quigley-Sample' + b"\nx" * MAX_LINE_BYTES, ("line 3", "quotes does not end")),
        ("a.csv", b"id,n\n1,a\n2," + b"Q" * (MAX_LINE_BYTES + (2 << 20)), ("line 3", "longer than 4 MiB")),
        ("a.csv.gz", gzip.compress(b"id\n" + b"1\n" * 9000, mtime=0)[:-20], ("gzip", "Send it again")),
        ("a.csv.gz", gzip.compress(b"id\n" + b"0" * (80 << 20)), ("longer than 4 MiB",)),
        ("a.csv.gz", gzip.compress(b"id\n" + (b"0" * 999 + b"\n") * (80 << 10)), ("bomb",)),
        ("a.xlsx", b"PK\x03\x04 cut off", ("a.xlsx", "not a complete")),
        ("a.xls", b"no workbook", ("a.xls", "not a readable Excel workbook")),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:40],
)
def test_a_bad_file_is_refused_with_its_name_line_and_remedy(
    tmp_path: Path, name: str, content: bytes, parts: tuple[str, ...]
) -> None:
    message = refusal(write(tmp_path, name, content))
    assert name in message
    for part in parts:
        assert part in message


def test_a_declared_encoding_that_is_wrong_names_the_line(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "a.csv", "id,n\n1,a\n2,é\n".encode("cp1252")), encoding="utf-8")
    assert "line 3" in message and "encoding" in message


def test_a_file_where_no_line_fits_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "a.csv", b"id,n\n" + b"Quigley-Sample,2,3\n" * 300_000))
    assert "do not have the header's 2 values, the first on line 2" in message


def archive_with(folder: Path, member: zipfile.ZipInfo | str, content: bytes = b"id\n1\n") -> Path:
    path = folder / "drop.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.csv", "id\n1\n")
        archive.writestr(member, content)
    return path


def a_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.csv")
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("member", "part"),
    [
        ("../outside.csv", "outside the folder"),
        ("/etc/outside.csv", "outside the folder"),
        ("a\\..\\..\\outside.csv", "outside the folder"),
        ("C:/outside.csv", "outside the folder"),
        (a_link(), "is a link"),
    ],
)
def test_an_archive_with_a_member_that_would_leave_it_is_refused_whole(
    tmp_path: Path, member: zipfile.ZipInfo | str, part: str
) -> None:
    path = archive_with(tmp_path, member)
    with pytest.raises(SourceFormatError, match=part) as raised:
        find_files(path, ["good.csv"])
    assert "drop.zip" in str(raised.value) and "Pack it again" in str(raised.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = archive_with(tmp_path, "bomb.csv", b"0" * (100 << 20))
    with pytest.raises(SourceFormatError, match="zip bomb"):
        find_files(path, ["*.csv"])


def test_a_truncated_archive_and_a_damaged_member_are_refused_by_name(tmp_path: Path) -> None:
    path = archive_with(tmp_path, "a.csv", random.Random(1).randbytes(5000).hex().encode())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceFormatError, match=r"drop\.zip is not a complete zip archive"):
        find_files(path, ["*.csv"])
    middle = whole.index(b"a.csv") + 2000
    path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    message = refusal(path, "a.csv")
    assert "drop.zip/a.csv" in message and "damaged" in message


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Cover"
    data = book.create_sheet("Data")
    data.append(["Export"])
    data.append(["id", "school", "born", "seen", "score", "share", "active", "at"])
    data.append(["007", 42, date(2010, 1, 5), datetime(2026, 1, 5, 8, 30), 7, 0.1 + 0.2, True, time(8, 30)])  # noqa: DTZ001
    data.append([])
    data.append(["008", 7, None, None, 1.5, None, False, None, "surplus"])
    data.append(["009", 7])
    data.append(["Total", 3])
    for row in (3, 6):
        data[f"B{row}"].number_format = "0000"
    book.save(tmp_path / "results.xlsx")

    read = Read(tmp_path, sheet="Data", header_row=2, footer="^Total")

    assert read.rows == [
        {
            "id": "007",
            "school": "0042",
            "born": "2010-01-05",
            "seen": "2026-01-05 08:30:00",
            "score": "7",
            "share": "0.3",
            "active": "TRUE",
            "at": "08:30:00",
        },
        dict.fromkeys(read.header) | {"id": "009", "school": "0007"},
    ]
    assert read.numbers == [3, 6]
    assert [number for number, _ in read.unreadable] == [5]
    assert "Its sheets are: Cover, Data" in refusal(tmp_path, sheet="Results")
    assert "has 2 sheet(s), not 3" in refusal(tmp_path, sheet=3)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n1\n")
    (file,) = find_files(tmp_path, ["a.csv"])
    with (
        pytest.raises(SourceFormatError, match="probably still arriving"),
        opened_content(file, "a.csv", FileFormat()) as opened,
    ):
        assert list(opened.content.blocks())
        path.write_bytes(b"id\n1\n2\n")


def test_names_and_dates_of_found_files(tmp_path: Path) -> None:
    write(tmp_path, "B_2026.CSV", b"id\n")
    (file,) = find_files(tmp_path, ["b_*.csv"])
    assert (file.name, file.school_year, file.delivered_on) == ("B_2026.CSV", 2026, datetime.now(UTC).date())
