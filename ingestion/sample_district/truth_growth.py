"""What the platform must find in the state's growth percentiles, counted from the clean arrays."""

from __future__ import annotations

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints
from ingestion.sample_district.assessments import SUBJECTS
from ingestion.sample_district.growth import NO_PERCENTILE, Growth

GROWTH_METRICS: dict[str, tuple[str, str | None]] = {
    f"{metric}_{subject.lower()}": (f"{subject.lower()}_{numerator}", f"{subject.lower()}_{denominator}")
    for subject in SUBJECTS
    for metric, numerator, denominator in (
        ("sgp_mean", "sgp_points", "sgp_known"),
        ("low_growth_rate", "low_growth", "sgp_known"),
        ("high_growth_rate", "high_growth", "sgp_known"),
        ("catch_up_rate", "catch_up_reached", "catch_up_eligible"),
        ("keep_up_rate", "keep_up_reached", "keep_up_eligible"),
    )
}
LOW_BELOW, HIGH_ABOVE = 35, 65
PROFICIENT = 3


def growth_measures(growth: Growth, group: Ints, count: int) -> dict[str, Ints]:
    """Measures of each row of a scope's table; `group` is the row, of `count`, that each percentile counts in."""
    measures: dict[str, Ints] = {}
    known = growth.sgp != NO_PERCENTILE
    targeted = known & (growth.agp != NO_PERCENTILE) & (growth.prior_level > 0)
    is_adequate, was_proficient = growth.sgp >= growth.agp, growth.prior_level >= PROFICIENT
    for position, subject in enumerate(SUBJECTS):
        own, name = growth.subject == position, subject.lower()

        def rows_with(chosen: Flags, own: Flags = own) -> Ints:
            return np.bincount(group[own & chosen], minlength=count).astype(np.int64)

        points = np.bincount(group[own], weights=growth.sgp[own], minlength=count)
        measures |= {
            f"{name}_sgp_known": rows_with(known),
            f"{name}_sgp_points": np.rint(points).astype(np.int64),
            f"{name}_low_growth": rows_with(known & (growth.sgp < LOW_BELOW)),
            f"{name}_high_growth": rows_with(growth.sgp > HIGH_ABOVE),
            f"{name}_catch_up_eligible": rows_with(targeted & ~was_proficient),
            f"{name}_catch_up_reached": rows_with(targeted & ~was_proficient & is_adequate),
            f"{name}_keep_up_eligible": rows_with(targeted & was_proficient),
            f"{name}_keep_up_reached": rows_with(targeted & was_proficient & is_adequate),
        }
    return measures
