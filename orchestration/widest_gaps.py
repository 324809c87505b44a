"""The widest gaps in what was just published, asked of the metrics API itself, in process."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import httpx

from api.app import create_app
from api.semantic.request import MAX_METRICS
from api.settings import ApiSettings

MINIMUM_STUDENTS = 30
"""Below this many students on either side a gap is too unsteady to lead a table."""

COMPARED = frozenset({"race_ethnicity", "gender", "english_learner", "disability", "economic_disadvantage", "homeless"})
"""Dimensions whose groups may lead the table: not places, ages or what a student did before, nor finer cuts."""


@dataclass(frozen=True)
class Gap:
    """A group beside all other students of the district.

    Attributes:
        group_value: the group's figure, in the metric's unit.
        others_value: the same for everybody else, recounted from the counts.
        points: how much worse off the group is; positive means worse.
    """

    metric: str
    title: str
    dimension: str
    member: str
    group_value: float
    others_value: float
    points: float
    n_students: int


def gap_to_others(group: dict[str, Any], total: dict[str, Any], metric: dict[str, Any]) -> Gap | None:
    """Compare one group's counts with those of all others, exactly; None when a figure may not be compared.

    Args:
        group: a row of the API's answer for one member of a partition dimension.
        total: the row of the whole district for the same metric and year.
        metric: the metric's entry in the answer's `meta.metrics`.
    """
    sign = {"higher_better": 1, "lower_better": -1}.get(metric["direction"])
    counts = (group["numerator"], group["denominator"], total["numerator"], total["denominator"])
    if sign is None or metric["unit"] != "percent" or any(count is None for count in counts):
        return None
    numerator, denominator, all_numerator, all_denominator = (Fraction(str(count)) for count in counts)
    other_students = total["n_students"] - group["n_students"]
    if min(group["n_students"], other_students) < MINIMUM_STUDENTS or denominator == 0:
        return None
    own = 100 * numerator / denominator
    others = 100 * (all_numerator - numerator) / (all_denominator - denominator)
    (dimension, member) = next((key, value) for key, value in group.items() if key not in total and key != "metric")
    return Gap(
        metric=group["metric"],
        title=metric["title"],
        dimension=dimension,
        member=str(member),
        group_value=float(own),
        others_value=float(others),
        points=float(sign * (others - own)),
        n_students=group["n_students"],
    )


def widest(gaps: Iterable[Gap], count: int) -> list[Gap]:
    """The widest adverse gap of each metric and dimension, widest first; unknown members are not groups."""
    best: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        key = (gap.metric, gap.dimension)
        if gap.member != "unknown" and gap.points > 0 and (key not in best or gap.points > best[key].points):
            best[key] = gap
    return sorted(best.values(), key=lambda gap: -gap.points)[:count]


def published_gaps(settings: ApiSettings, count: int = 8) -> list[Gap]:
    """The widest gaps of the latest school year in the published snapshot.

    Raises:
        httpx.HTTPStatusError: nothing is served.
    """
    return asyncio.run(_published_gaps(settings, count))


async def _published_gaps(settings: ApiSettings, count: int) -> list[Gap]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://stocktake") as client,
    ):
        listed = await _get(client, "/v1/metrics")
        lenses = {
            metric["id"]: (await _get(client, f"/v1/metrics/{metric['id']}"))["dimensions"]
            for metric in listed["data"]
            if metric["snapshot_id"]
            and metric["unit"] == "percent"
            # Of the variants of one measure the first is enough.
            and metric["id"] == metric["variants"][0]["id"]
        }
        totals = {row["metric"]: row async for row, _ in _rows(client, list(lenses))}
        gaps: list[Gap | None] = []
        for dimension in (await _get(client, "/v1/dimensions"))["data"]:
            if dimension["id"] not in COMPARED or dimension["kind"] != "partition":
                continue
            having_it = [metric for metric, its_lenses in lenses.items() if dimension["id"] in its_lenses]
            gaps += [
                gap_to_others(row, totals[row["metric"]], metric)
                async for row, metric in _rows(client, having_it, f"&group_by={dimension['id']}")
                if row["metric"] in totals
            ]
        return widest((gap for gap in gaps if gap is not None), count)


async def _rows(
    client: httpx.AsyncClient, metrics: list[str], asked: str = ""
) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row of the answers about the metrics, with its metric's entry in `meta`."""
    for start in range(0, len(metrics), MAX_METRICS):
        answer = await _get(client, f"/v1/query?metrics={','.join(metrics[start : start + MAX_METRICS])}{asked}")
        for row in answer["data"]:
            yield row, answer["meta"]["metrics"][row["metric"]]


async def _get(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    response = await client.get(url)
    response.raise_for_status()
    body: dict[str, Any] = response.json()
    return body
