"""Array types and seeded random streams shared by every part of the sample district."""

from __future__ import annotations

import zlib
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
OPEN_END = 2**31 - 1
"""End day of an interval that is still open; later than any date that is ever written."""


def day(year: int, month: int, day_of_month: int) -> int:
    """Return a calendar date as days since 1970-01-01, the unit of every date array here."""
    return (date(year, month, day_of_month) - EPOCH).days


def random_stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return a generator of its own for one subject, so that a change in one subject leaves the others as they were."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng([seed, *words])


def choose(rng: np.random.Generator, weights: npt.ArrayLike, count: int) -> Ints:
    """Draw `count` positions with the given relative weights."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(steps / steps[-1], rng.random(count), side="right").astype(np.int64)


def rank_within(keys: Ints) -> Ints:
    """Return for each element how many earlier elements have the same key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(keys) else np.zeros(0, dtype=bool)
    starts = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys)) - starts
    return ranks
