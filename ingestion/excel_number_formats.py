"""Finds the columns of an .xlsx sheet whose numbers Excel shows with leading zeros, such as school number 0042.

The workbook reader gives the number alone; without this, an id would lose its zeros.
"""

import posixpath
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_ZEROS = re.compile(r"^0{2,}$")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"


def zero_padded_columns(path: Path, sheet_name: str) -> dict[int, int]:
    """Columns with a cell of a number format made of zeros only.

    Args:
        path: the workbook.

    Returns:
        Column position from 0 -> digits shown. Empty for a workbook of another kind than .xlsx.
    """
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if not {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        digits = _digits_by_style(ElementTree.fromstring(archive.read("xl/styles.xml")))  # noqa: S314
        part = _sheet_part(archive, sheet_name)
        if not digits or part not in names:
            return {}
        columns: dict[int, int] = {}
        with archive.open(part) as file:
            for _, element in ElementTree.iterparse(file):  # noqa: S314
                if element.tag == f"{_MAIN}c":
                    shown = digits.get(element.get("s", ""))
                    if shown is not None:
                        columns.setdefault(_column(element.get("r", "")), shown)
                elif element.tag == f"{_MAIN}row":
                    element.clear()
        return columns


def _digits_by_style(styles: ElementTree.Element) -> dict[str, int]:
    formats = {
        number_format.get("numFmtId"): len(number_format.get("formatCode", ""))
        for number_format in styles.iter(f"{_MAIN}numFmt")
        if _ZEROS.match(number_format.get("formatCode", ""))
    }
    cell_formats = styles.find(f"{_MAIN}cellXfs")
    return {
        str(position): formats[cell_format.get("numFmtId")]
        for position, cell_format in enumerate(cell_formats if cell_formats is not None else ())
        if cell_format.get("numFmtId") in formats
    }


def _sheet_part(archive: zipfile.ZipFile, sheet_name: str) -> str:
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations.iter(f"{_PACKAGE}Relationship")}
    for sheet in workbook.iter(f"{_MAIN}sheet"):
        if sheet.get("name") == sheet_name:
            return posixpath.normpath(posixpath.join("/xl", targets.get(sheet.get(_RELATION), ""))).lstrip("/")
    return ""


def _column(cell: str) -> int:
    """Position of a cell such as "AB12", from 0."""
    position = 0
    for letter in cell.rstrip("0123456789"):
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1
