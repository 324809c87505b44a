"""Paired timing: both sides alternate in one process, and the median of the pairs' ratios is reported."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """One line of the report.

    Attributes:
        ratio: median of (ours / baseline); below 1 is faster than the baseline.
        spread: lowest and highest ratio.
    """

    name: str
    baseline: str
    ours_seconds: float
    baseline_seconds: float
    ratio: float
    spread: tuple[float, float]


def compare(
    name: str, ours: Callable[[], object], baseline_name: str, baseline: Callable[[], object], pairs: int = 5
) -> Comparison:
    """Time both sides `pairs` times in turn, after one warm-up each."""
    ours()
    baseline()
    timings = [(_seconds(ours), _seconds(baseline)) for _ in range(pairs)]
    ratios = [own / base for own, base in timings]
    return Comparison(
        name,
        baseline_name,
        statistics.median(own for own, _ in timings),
        statistics.median(base for _, base in timings),
        statistics.median(ratios),
        (min(ratios), max(ratios)),
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
