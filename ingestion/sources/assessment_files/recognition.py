"""Finds the layout of each delivered file by its headers, and says of every other file why it is refused."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from ingestion.delivered_content import opened_content
from ingestion.delivered_files import DeliveredFile, find_files
from ingestion.district import RECOGNISED_FILES, ConfiguredSource, Delivery, District, LayoutChoice
from ingestion.errors import SourceFormatError
from ingestion.file_format import FileFormat
from ingestion.header_line import NO_HEADER, looks_like_headers
from ingestion.mapping import load_system
from ingestion.sources.assessment_files.vendor_layout import DATE_FORMATS, Part, VendorLayout, vendor_layouts

SYSTEM = "assessment_files"
ENTITY = "results"
SHOWN_HEADERS = 40
"""A message names at most this many headers of a file; a refused file may have thousands."""

_YEAR = re.compile(r"^(19|20)\d\d$")


class _RefusedError(Exception):
    """Why one file cannot be read; all refusals of a delivery are told at once."""


def with_recognised_files(district: District) -> District:
    """The district with one delivery for each part of each file whose layout was found.

    Args:
        district: as read; when its assessment files are not to be recognised, it is returned as it is.

    Raises:
        SourceFormatError: a file is of no layout, of several, or lacks a column; the message names each such file.
    """
    source = district.sources.get(SYSTEM)
    if source is None or not source.recognises_files:
        return district
    own = source.deliveries.get(ENTITY, ())
    claimed = {
        file.name for delivery in own for file in find_files(source.location, delivery.files, source.file_connection)
    }
    found: list[Delivery] = []
    refusals: list[str] = []
    for file in find_files(source.location, _patterns(source), source.file_connection):
        if file.name in claimed:
            continue
        try:
            found += _deliveries_of(file, source)
        except (_RefusedError, SourceFormatError) as refusal:
            refusals.append(str(refusal))
    if refusals:
        raise SourceFormatError("\n".join(refusals))
    if not (own or found):
        raise SourceFormatError(
            f"{SYSTEM}: no file to recognise under {source.address or source.root.name}/. "
            "The district file says that results are delivered; send them or take the system out."
        )
    expanded = source.model_copy(
        update={"deliveries": {**source.deliveries, ENTITY: (*own, *found)}, "vendors": None, "layouts": ()}
    )
    return district.model_copy(update={"sources": {**district.sources, SYSTEM: expanded}})


def _patterns(source: ConfiguredSource) -> tuple[str, ...]:
    chosen = tuple(pattern for choice in source.layouts for pattern in choice.files)
    everything = source.vendors is not None or any(not choice.files for choice in source.layouts)
    return (*chosen, *RECOGNISED_FILES) if everything else chosen


def _deliveries_of(file: DeliveredFile, source: ConfiguredSource) -> list[Delivery]:
    candidates = _candidates(file, source)
    headers: dict[int, tuple[str, ...]] = {}
    fitting: list[str] = []
    for row in sorted({vendor_layouts()[name].header_row for name in candidates} | {1}):
        try:
            headers[row] = _header(file, row)
        except SourceFormatError:
            if row == 1:
                raise
            continue
        fitting = [name for name in candidates if _fits(vendor_layouts()[name], headers)]
        if fitting:
            break
    if not fitting:
        raise _RefusedError(_unknown(file.name, headers, tuple(candidates)))
    if len(fitting) > 1:
        raise _RefusedError(
            f"{SYSTEM}/{file.name} fits the layouts {' and '.join(fitting)}. "
            f"Say which one under `layouts` in the district file: - {{layout: {fitting[0]}, files: [{file.name}]}}."
        )
    layout = vendor_layouts()[fitting[0]]
    return _expanded(file.name, fitting[0], layout, headers[layout.header_row], candidates[fitting[0]])


def _header(file: DeliveredFile, row: int) -> tuple[str, ...]:
    with opened_content(file, f"{SYSTEM}/{file.name}", _format(row)) as opened:
        return opened.content.header


def _format(header_row: int) -> FileFormat:
    """Most columns of a wide file are left out, so that it does not matter when some of them share a name."""
    return FileFormat(header_row=header_row, repeated_headers="number")


def _candidates(file: DeliveredFile, source: ConfiguredSource) -> Mapping[str, LayoutChoice]:
    """Layouts that a file may be of: those chosen for its name, else those chosen for any file or all."""
    named = {
        choice.layout: choice
        for choice in source.layouts
        if any(fnmatchcase(file.name.lower(), pattern.lower()) for pattern in choice.files)
    }
    if named:
        return named
    every = vendor_layouts() if source.vendors is not None else {}
    return {
        **{name: LayoutChoice(layout=name) for name in every},
        **{choice.layout: choice for choice in source.layouts if not choice.files},
    }


def _fits(layout: VendorLayout, headers: Mapping[int, tuple[str, ...]]) -> bool:
    present = {header.lower() for header in headers.get(layout.header_row, ())}
    return not any(header.lower() in present for header in layout.unless) and any(
        all(header.lower() in present for header in variant) for variant in layout.recognised_by.values()
    )


def _expanded(
    file_name: str, layout_name: str, layout: VendorLayout, header: tuple[str, ...], choice: LayoutChoice
) -> list[Delivery]:
    asked = {column: why for column, why in layout.ask_district.items() if column not in choice.constants}
    asked = {column: why for column, why in asked.items() if column not in choice.columns}
    if asked:
        example = ", ".join(f'{column}: "..."' for column in asked)
        raise _RefusedError(
            f"{SYSTEM}/{file_name} is a file of {layout.title}, which needs {', '.join(asked)} from the district: "
            f"{'; '.join(asked.values())}. Add to `layouts` in the district file: "
            f"- {{layout: {layout_name}, constants: {{{example}}}}}."
        )
    present = {cell.lower() for cell in header}
    deliveries, missing = [], []
    for template in layout.whole_parts():
        for part in template.expanded(header):
            own = _with_choice(part, choice)
            lacking = _lacking(own, present)
            if lacking and template.repeat and set(lacking) & set(own.required_values):
                # A file has only the windows or exams that were given so far.
                continue
            missing += [f"{column} (header {' or '.join(own.headers(column))})" for column in lacking]
            deliveries.append(_delivery(file_name, layout, own, present, choice))
    if missing or not deliveries:
        known = layout.known_headers()
        unknown = [cell for cell in header if cell.lower() not in known]
        raise _RefusedError(
            f"{SYSTEM}/{file_name} is a file of {layout.title}, but lacks "
            f"{', '.join(missing) or 'every column that carries a score'}. Columns that layout {layout_name} does not "
            f"name: {_listed(unknown)}. If the vendor renamed a column, give its new name in the district file: "
            f"layouts: - {{layout: {layout_name}, columns: {{...}}}}, or add it to layouts/{layout_name}.yml; "
            "otherwise restore the column in the export."
        )
    return deliveries


def _with_choice(part: Part, choice: LayoutChoice) -> Part:
    constants = {column: text for column, text in part.constants.items() if column not in choice.columns}
    columns = {column: header for column, header in part.columns.items() if column not in choice.constants}
    return part.model_copy(
        update={"columns": {**columns, **choice.columns}, "constants": {**constants, **choice.constants}}
    )


def _lacking(part: Part, present: set[str]) -> list[str]:
    """Mapped columns without which the part cannot be read, and that the file does not have."""
    required = load_system(SYSTEM).entities[ENTITY].columns
    return [
        column
        for column in part.columns
        if (required[column].required or column in part.required_values)
        and not any(header.lower() in present for header in part.headers(column))
    ]


def _delivery(file_name: str, layout: VendorLayout, part: Part, present: set[str], choice: LayoutChoice) -> Delivery:
    columns = {
        column: next((h for h in part.headers(column) if h.lower() in present), part.headers(column)[0])
        for column in part.columns
    }
    rewrites = dict(part.rewrites)
    if part.date_format is not None:
        rewrites["test_date"] = {**rewrites.get("test_date", {}), **DATE_FORMATS[part.date_format]}
    return Delivery(
        files=(_literal(file_name),),
        part=part.name,
        columns=columns,
        constants=part.constants,
        excluded=layout.excluded,
        format=_format(layout.header_row),
        absent={column: why for column, why in layout.absent.items() if column not in {*columns, *choice.constants}},
        required_values=part.required_values,
        empty_values=layout.empty_values,
        rewrites={column: patterns for column, patterns in rewrites.items() if patterns},
    )


def _literal(file_name: str) -> str:
    """A pattern that matches this file name only."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in file_name)


def _unknown(file_name: str, headers: Mapping[int, tuple[str, ...]], candidates: tuple[str, ...]) -> str:
    nearest, shared = max(
        ((name, _shared(vendor_layouts()[name], headers)) for name in candidates),
        key=lambda candidate: candidate[1],
        default=("", 0.0),
    )
    remedy = (
        "If the vendor renamed a column, add a variant to that layout; for another product add a layout "
        "(ingestion/sources/assessment_files/README.md), or map the file under `deliveries` in the district file."
    )
    if not shared:
        return (
            f"{SYSTEM}/{file_name} is of no known layout. Unknown columns: {_listed(headers[1])}. No layout shares a "
            f"column with it. {remedy}"
        )
    layout = vendor_layouts()[nearest]
    header = headers.get(layout.header_row, headers[1])
    present = {cell.lower() for cell in header}
    lacking = min(
        ([h for h in variant if h.lower() not in present] for variant in layout.recognised_by.values()), key=len
    )
    known = layout.known_headers()
    misfit = [h for h in layout.unless if h.lower() in present]
    return (
        f"{SYSTEM}/{file_name} is of no known layout. Unknown columns: "
        f"{_listed([cell for cell in header if cell.lower() not in known])}. The nearest layout is {nearest} "
        f"({layout.title}); "
        + (f"the file lacks its {', '.join(lacking)}. " if lacking else f"its files have no {', '.join(misfit)}. ")
        + remedy
    )


def _shared(layout: VendorLayout, headers: Mapping[int, tuple[str, ...]]) -> float:
    known = layout.known_headers()
    present = {cell.lower() for cell in headers.get(layout.header_row, ())}
    return len(known & present) / len(known)


def _listed(headers: list[str] | tuple[str, ...]) -> str:
    # A file without a header line has a student there; only years are values that vendors use as headers.
    if not looks_like_headers(header for header in headers if not _YEAR.match(header)):
        return f"{len(headers)} columns; {NO_HEADER.removesuffix('.')}"
    if len(headers) <= SHOWN_HEADERS:
        return ", ".join(headers) or "none"
    return f"{', '.join(headers[:SHOWN_HEADERS])} and {len(headers) - SHOWN_HEADERS} more"
