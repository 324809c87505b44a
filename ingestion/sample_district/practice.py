"""What the practice store exports: stocktakes that were planned and held, and the actions that came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import OPEN_END, Flags, Ints, choose, day, random_stream
from ingestion.sample_district.columns import blank_where, constant, iso_dates, joined, pick, whole
from ingestion.sample_district.groups import FINAL_YEAR
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.plan import GOALS, REVIEW_MONTHS
from ingestion.sample_district.schools import Schools

EXPORTED_ON = day(FINAL_YEAR, 6, 19)
OF_THE_DISTRICT = -1


@dataclass(frozen=True)
class Stocktakes:
    """Review meetings: school or OF_THE_DISTRICT, goal (position in GOALS), days planned and held (or OPEN_END)."""

    schools: Ints
    goal: Ints
    planned_on: Ints
    held_on: Ints

    def __len__(self) -> int:
        return len(self.schools)

    @property
    def is_held(self) -> Flags:
        """Tell which have taken place."""
        held: Flags = self.held_on < OPEN_END
        return held


@dataclass(frozen=True)
class Actions:
    """Actions agreed in a stocktake (its position), the days they are due and closed (or OPEN_END)."""

    stocktake: Ints
    due_on: Ints
    closed_on: Ints

    def __len__(self) -> int:
        return len(self.stocktake)


def draw_stocktakes(schools: Schools, school_years: Sequence[int], seed: int) -> Stocktakes:
    """Plan a stocktake a month from September to June, in the district and in each school; most are held in time."""
    rng = random_stream(seed, "stocktakes")
    places = np.arange(OF_THE_DISTRICT, len(schools))
    dates = np.array([day(year - (month >= 7), month, 12) for year in school_years for month in REVIEW_MONTHS])
    count = len(places) * len(dates)
    planned = np.tile(dates, len(places))
    delay = np.array([0, 3, 7, 8, 21])[choose(rng, [0.6, 0.15, 0.08, 0.07, 0.1], count)]
    held = np.where(rng.random(count) < 0.92, planned + delay, OPEN_END)
    return Stocktakes(
        schools=np.repeat(places, len(dates)),
        goal=np.tile(np.arange(len(dates)) % len(GOALS), len(places)),
        planned_on=planned,
        held_on=np.where(held <= EXPORTED_ON, held, OPEN_END),
    )


def draw_actions(stocktakes: Stocktakes, seed: int) -> Actions:
    """Agree on up to three actions in each stocktake that was held, due in one to three months."""
    rng = random_stream(seed, "actions")
    held = np.flatnonzero(stocktakes.is_held)
    stocktake = np.repeat(held, rng.integers(0, 4, len(held)))
    count = len(stocktake)
    due = stocktakes.held_on[stocktake] + rng.integers(30, 91, count)
    closed = np.where(rng.random(count) < 0.85, due + rng.integers(-25, 15, count), OPEN_END)
    return Actions(stocktake, due, np.where(closed <= EXPORTED_ON, closed, OPEN_END))


def stocktake_file(stocktakes: Stocktakes, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the exported stocktakes."""
    count = len(stocktakes)
    return {
        "stocktake_id": joined("S", whole(np.arange(1, count + 1))),
        "goal_id": pick([goal.goal_id for goal in GOALS], stocktakes.goal),
        "school_id": _schools(stocktakes.schools, ids),
        "planned_on": iso_dates(stocktakes.planned_on),
        "held_on": iso_dates(stocktakes.held_on),
        "exported_on": constant(str(np.datetime64(EXPORTED_ON, "D")), count),
    }


def action_file(actions: Actions, stocktakes: Stocktakes, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the exported actions."""
    count = len(actions)
    return {
        "action_id": joined("A", whole(np.arange(1, count + 1))),
        "stocktake_id": joined("S", whole(actions.stocktake + 1)),
        "school_id": _schools(stocktakes.schools[actions.stocktake], ids),
        "due_on": iso_dates(actions.due_on),
        "closed_on": iso_dates(actions.closed_on),
        "exported_on": constant(str(np.datetime64(EXPORTED_ON, "D")), count),
    }


def _schools(schools: Ints, ids: Identifiers) -> pa.Array:
    return blank_where(pick(ids.school_numbers, np.maximum(schools, 0)), schools == OF_THE_DISTRICT)
