"""Builds the text columns of delivered files as Arrow string arrays, a whole column at a time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_district.arrays import OPEN_END, Flags, Floats, Ints

HEX_PAIRS = np.frombuffer(b"".join(b"%02x" % value for value in range(256)), dtype=np.uint8).reshape(256, 2)
GUID_LENGTH = 36
DASHES = (8, 13, 18, 23)


def _scatter(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread consecutive numbers over 64 bits (the splitmix64 finaliser: one-to-one, so ids cannot collide)."""
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result


def guids(seed: int, kind: str, numbers: Ints) -> pa.Array:
    """Return one GUID-like id per number: the same seed, kind and number always give the same id."""
    salt = np.uint64((zlib.crc32(kind.encode()) << 32) | (seed & 0xFFFFFFFF))
    high = _scatter(_scatter(numbers.astype(np.uint64)) ^ salt)
    low = _scatter(high ^ np.uint64(0x5DEECE66D))
    raw = np.empty((len(numbers), 16), dtype=np.uint8)
    raw[:, :8] = high.astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 8:] = low.astype(">u8").view(np.uint8).reshape(-1, 8)
    digits = HEX_PAIRS[raw].reshape(len(numbers), 32)
    text = np.full((len(numbers), GUID_LENGTH), ord("-"), dtype=np.uint8)
    text[:, [place for place in range(GUID_LENGTH) if place not in DASHES]] = digits
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * GUID_LENGTH
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))


def constant(value: str, count: int) -> pa.Array:
    """Return a column that holds the same text in every row."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def pick(words: Sequence[str] | pa.Array, positions: npt.ArrayLike) -> pa.Array:
    """Return the word at each position."""
    source = words if isinstance(words, pa.Array) else pa.array(list(words), pa.string())
    return source.take(pa.array(np.asarray(positions, dtype=np.int64)))


def whole(values: npt.ArrayLike) -> pa.Array:
    """Return whole numbers as text."""
    return pc.cast(pa.array(np.asarray(values, dtype=np.int64)), pa.string())


def decimal(values: Floats, places: int) -> pa.Array:
    """Return numbers as text with a fixed number of decimal places."""
    scaled = np.rint(np.asarray(values) * 10**places).astype(np.int64)
    sign = np.where(scaled < 0, "-", "")
    scaled = np.abs(scaled)
    fraction = pc.utf8_lpad(whole(scaled % 10**places), width=places, padding="0")
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise(pa.array(sign, pa.string()), whole(scaled // 10**places), ""),
        fraction,
        ".",
    )


def iso_dates(days: Ints) -> pa.Array:
    """Return days since 1970 as YYYY-MM-DD; an open end becomes an empty field."""
    open_ended = days >= OPEN_END
    dates = pa.array(np.where(open_ended, 0, days).astype(np.int32), mask=open_ended).cast(pa.date32())
    return pc.fill_null(pc.cast(dates, pa.string()), "")


def compact_dates(days: Ints) -> pa.Array:
    """Return days since 1970 as YYYYMMDD; an open end becomes an empty field."""
    return pc.replace_substring(iso_dates(days), "-", "")


def american_dates(days: Ints) -> pa.Array:
    """Return days since 1970 as M/D/YYYY, the form in which many vendors write dates."""
    distinct, positions = np.unique(days, return_inverse=True)
    moments = distinct.astype("datetime64[D]").astype(object)
    return pick([f"{moment.month}/{moment.day}/{moment.year}" for moment in moments], positions)


def true_false(flags: Flags) -> pa.Array:
    """Return booleans in the spelling of OneRoster."""
    return pick(("false", "true"), flags.astype(np.int64))


def blank_where(column: pa.Array, empty: Flags) -> pa.Array:
    """Empty the fields that the mask marks."""
    return pc.if_else(pa.array(empty), pa.scalar("", pa.string()), column)


def joined(*parts: pa.Array | str) -> pa.Array:
    """Concatenate columns and literals row by row."""
    scalars = [pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*scalars, "")


def quoted(column: pa.Array) -> pa.Array:
    """Put fields that hold a comma into double quotes; the generator never writes a quote or line break itself."""
    return pc.if_else(pc.match_substring(column, ","), joined('"', column, '"'), column)
