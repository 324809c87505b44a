"""What each audience sees of a count that is not hidden, and what becomes of values that are derived from several."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field

from quality.disclosure.protection import SHOWN, SUPPRESSED
from quality.disclosure.release import Floats, Ints, Shown


class RateRange(BaseModel):
    """How rates of groups up to a size are shown; without `up_to`, of all larger ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    up_to: int | None = None
    points: int = Field(ge=1)
    ends: int = Field(ge=1, lt=50)


class Profile(BaseModel):
    """What an audience sees.

    Attributes:
        rounding: counts of students are shown rounded to multiples of this; 1 shows them exactly.
        counts: whether the number of students with an outcome may be shown.
        rates: ranges in which rates are shown, smallest groups first; empty where rates follow from counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rounding: int = Field(ge=1)
    counts: bool
    rates: tuple[RateRange, ...] = ()


@cache
def profiles() -> dict[str, Profile]:
    """The profiles of `profiles.yml` by name."""
    content = yaml.safe_load((Path(__file__).parent / "profiles.yml").read_text())
    return {name: Profile.model_validate(profile) for name, profile in content.items()}


def rounded(values: Ints, base: int) -> Shown:
    """The counts that readers of rounded figures cannot tell apart: those that round, half up, to the same multiple."""
    centre = (2 * values + base) // (2 * base) * base
    lower = np.maximum(centre - base // 2, 0)
    return Shown(lower.astype(np.float64), (centre + (base - 1) // 2).astype(np.float64))


def rate_range(outcomes: int, students: int, profile: Profile) -> tuple[int, int]:
    """The range, in whole percent with both ends, in which a profile shows a rate.

    Rates within `ends` of 0 or 100 % share one range there, so that nobody is not told from few.
    """
    rule = next(one for one in profile.rates if one.up_to is None or students <= one.up_to)
    percent = (200 * outcomes + students) // (2 * students)
    if percent <= rule.ends:
        return 0, rule.ends
    if percent >= 100 - rule.ends:
        return 100 - rule.ends, 100
    low = rule.ends + 1 + (percent - rule.ends - 1) // rule.points * rule.points
    return low, min(low + rule.points - 1, 99 - rule.ends)


def derived_state(inputs: Iterable[str]) -> str:
    """A gap, ratio, rank or verdict is suppressed as soon as one of its inputs is."""
    return SUPPRESSED if SUPPRESSED in set(inputs) else SHOWN


def outcomes_within(low_percent: Floats, high_percent: Floats, students: Ints) -> Shown:
    """How many outcomes a range of rates, rounded half up to whole percent, leaves possible in each group."""
    lower = np.ceil(students * (low_percent - 0.5) / 100 - 1e-9)
    upper = np.ceil(students * (high_percent + 0.5) / 100 - 1e-9) - 1
    return Shown(np.maximum(lower, 0), np.minimum(np.maximum(upper, lower), students))
