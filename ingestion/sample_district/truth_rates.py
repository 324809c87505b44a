"""Rates of what is counted beside students: sums above and below the line, member by member."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ingestion.sample_district.arrays import Floats, Ints
from ingestion.sample_district.truth import Expected


def rates_by_member(
    metric: str,
    school_year: int,
    scope: str,
    dimension: str | None,
    members: Ints,
    names: Sequence[str | None],
    upper: Floats,
    lower: Floats,
) -> Iterator[Expected]:
    """Add up what counts above and below the line for each member; members with nothing below it are left out.

    Args:
        members: position in `names` of each row; `upper` and `lower` have a value for each.
    """
    numerators = np.bincount(members, weights=upper, minlength=len(names))
    denominators = np.bincount(members, weights=lower, minlength=len(names))
    for position in np.flatnonzero(denominators):
        yield Expected(
            metric=metric,
            school_year=school_year,
            scope=scope,
            dimension=dimension,
            member=names[int(position)],
            numerator=float(numerators[position]),
            denominator=float(denominators[position]),
        )
