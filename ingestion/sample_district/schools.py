"""The district's schools: numbers, names, levels and the neighbourhoods they serve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Floats, Ints, random_stream
from ingestion.sample_district.names import PLACE_ENDINGS, PLACE_WORDS

ELEMENTARY, MIDDLE, HIGH = 0, 1, 2
LEVEL_NAMES = ("elementary", "middle", "high")
LEVEL_TITLES = ("Elementary School", "Middle School", "High School")
DISTRICT_NUMBER = "4100"
DISTRICT_NAME = "Sample Unified School District"
REGIONS = ("North", "South")
SMALLEST_SCHOOL_COUNT = 3


@dataclass(frozen=True)
class Schools:
    """One entry per school, elementary schools first.

    numbers:     local school numbers as text ('0101').
    levels:      0 elementary (PK-05), 1 middle (06-08), 2 high (09-12).
    poverty:     share of the neighbourhood's children in low-income homes, 0 to 1.
    absence, conduct, achievement: the school's own effect (log of absence, log of incidents, score points).
    middle_of, high_of: for each elementary school, the middle and high school that its children move on to.
    """

    numbers: tuple[str, ...]
    names: tuple[str, ...]
    levels: Ints
    poverty: Floats
    absence: Floats
    conduct: Floats
    achievement: Floats
    middle_of: Ints
    high_of: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def feeders(self) -> Ints:
        """The high school (position) to which each school's children move on; of several, the first."""
        feeders = np.arange(len(self))
        zones = np.arange(len(self.middle_of))
        # From the last zone to the first, so that the first is what remains.
        feeders[self.middle_of[::-1]] = self.high_of[::-1]
        feeders[zones] = self.high_of
        return feeders

    @property
    def regions(self) -> Ints:
        """Position in REGIONS of each school: middle schools by turns, with the elementary schools that feed them."""
        turns = np.arange(len(self)) - len(self.middle_of)
        turns[: len(self.middle_of)] = self.middle_of - len(self.middle_of)
        return turns % len(REGIONS)

    def of_level(self, level: int) -> Ints:
        """Return the positions of the schools of one level."""
        return np.flatnonzero(self.levels == level)


def build_schools(count: int, seed: int) -> Schools:
    """Lay out `count` schools, 7 : 3 : 2 between elementary, middle and high.

    Raises ValueError for fewer than three schools.
    """
    if count < SMALLEST_SCHOOL_COUNT:
        raise ValueError(f"A district needs at least {SMALLEST_SCHOOL_COUNT} schools; {count} were asked for.")
    rng = random_stream(seed, "schools")
    middle = max(1, round(count * 3 / 12))
    high = max(1, round(count * 2 / 12))
    elementary = count - middle - high
    levels = np.repeat([ELEMENTARY, MIDDLE, HIGH], [elementary, middle, high]).astype(np.int64)
    zones = np.arange(elementary)
    middle_of = elementary + zones * middle // elementary
    high_of = elementary + middle + zones * high // elementary
    zone_poverty = np.linspace(0.22, 0.82, elementary) if elementary > 1 else np.array([0.5])
    zone_poverty = np.clip(rng.permutation(zone_poverty) + rng.normal(0, 0.03, elementary), 0.1, 0.92)
    poverty = np.empty(count)
    poverty[:elementary] = zone_poverty
    for position in range(elementary, count):
        served = (middle_of == position) | (high_of == position)
        poverty[position] = zone_poverty[served].mean()
    return Schools(
        numbers=_numbers(elementary, middle, high),
        names=_names(levels, rng),
        levels=levels,
        poverty=poverty,
        absence=rng.normal(0, 0.10, count),
        conduct=rng.normal(0, 0.15, count),
        achievement=rng.normal(0, 7, count),
        middle_of=middle_of,
        high_of=high_of,
    )


def _numbers(elementary: int, middle: int, high: int) -> tuple[str, ...]:
    """Number the schools 0101.., 0201.., 0301.. by level, with wider blocks once a level holds more than 99."""
    block = 100
    while max(elementary, middle, high) >= block:
        block *= 10
    return tuple(
        f"{(level + 1) * block + position + 1:04d}"
        for level, size in enumerate((elementary, middle, high))
        for position in range(size)
    )


def _names(levels: Ints, rng: np.random.Generator) -> tuple[str, ...]:
    pairs = [f"{word} {ending}" for word in PLACE_WORDS for ending in PLACE_ENDINGS]
    order = rng.permutation(len(pairs))
    names = []
    for position, level in enumerate(levels):
        place = pairs[order[position % len(pairs)]]
        turn = position // len(pairs)
        names.append(f"{place} {LEVEL_TITLES[level]}" + (f" {turn + 1}" if turn else ""))
    return tuple(names)
