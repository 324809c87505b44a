"""A query as it arrives, and as it is once every name and value in it has been found in the catalogue."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.errors import (
    ApiError,
    DimensionNotAllowedError,
    MalformedRequestError,
    TooMuchAskedError,
    UnknownDimensionError,
    UnknownMemberError,
    UnknownSchoolYearError,
    quoted,
)
from api.semantic.compile import NOT_ENROLLED_AT_BASELINE
from api.semantic.lookup import ServedMetric, served_metric
from api.semantic.manifest import SCHOOL_LENSES, SCHOOL_YEAR, Dimension
from api.snapshots.snapshot import Snapshot
from api.snapshots.store import Served

MAX_METRICS = 25
MAX_GROUP_BY = 3
MAX_FILTER_VALUES = 500
# Lists that a reader can take in; a district may have hundreds of schools.
ALTERNATIVES_SHOWN = 60
ALL_YEARS = "all"

Scope = Literal["district", "school"]
Membership = Literal["own_year", "baseline"]


def school_year_field() -> Any:
    """The query parameter that chooses school years, with its default."""
    return Field(
        [],
        description="School years by their spring (2025-26 is 2026), or `all`. The latest one if left out.",
        examples=[["2026"]],
    )


class QueryParameters(BaseModel):
    """The query string of /v1/query. Lists may be repeated, separated by commas, or both."""

    # A misspelt filter that was ignored would answer another question than the one asked.
    model_config = ConfigDict(extra="forbid")

    metrics: list[str] = Field(
        description="Ids of metrics, see /v1/metrics.",
        examples=[["chronic_absence_rate", "attendance_rate"]],
    )
    group_by: list[str] = Field(
        [],
        description=f"Ids of up to {MAX_GROUP_BY} dimensions, see /v1/dimensions. Without any: the total.",
        examples=[["race_ethnicity"]],
    )
    filter: list[str] = Field(
        [],
        description="`dimension:member,member`: only students in one of these members. Repeatable.",
        examples=[["grade_level:05,06"]],
    )
    school_year: list[str] = school_year_field()
    membership: Membership = Field(
        "own_year",
        description=(
            "`own_year` puts a student into the group of the year counted; `baseline` into that of the earliest "
            "year asked for, in every year, so that leaving a group moves no figure."
        ),
    )


@dataclass(frozen=True)
class Filter:
    """Only students whose `dimension` has one of `values`."""

    dimension: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class QueryPlan:
    """A query that can be answered: all names are in the catalogue and all values are known members."""

    metrics: tuple[ServedMetric, ...]
    group_by: tuple[str, ...]
    filters: tuple[Filter, ...]
    school_years: tuple[int, ...]
    scope: Scope
    baseline_year: int | None = None
    """The year whose groups students stay in; None where each year has its own."""

    @property
    def overlapping(self) -> tuple[Dimension, ...]:
        """The dimensions of `group_by` of which a student may be in several members."""
        found = (self.metrics[0].snapshot.catalogue.dimensions[name] for name in self.group_by)
        return tuple(dimension for dimension in found if dimension.kind == "multi")

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The snapshots that the answer comes from, oldest first."""
        distinct = {metric.snapshot.id: metric.snapshot for metric in self.metrics}
        return tuple(sorted(distinct.values(), key=lambda snapshot: (snapshot.facts.created_at, snapshot.id)))


def plan_query(parameters: QueryParameters, served: Served) -> QueryPlan:
    """Check a query against what is served. Raises the ApiError that says what would be right."""
    served.published()
    metrics = _metrics(split_list(parameters.metrics), served)
    group_by = split_list(parameters.group_by)
    if len(group_by) > MAX_GROUP_BY:
        raise TooMuchAskedError(
            f"{len(group_by)} dimensions are asked for; one answer takes {MAX_GROUP_BY}.",
            where="query parameter 'group_by'",
            remedy=f"Group by at most {MAX_GROUP_BY} dimensions, and use filters for the rest.",
        )
    for dimension in group_by:
        _check_dimension(dimension, metrics, where="query parameter 'group_by'")
    is_baseline = parameters.membership == "baseline"
    filters = _filters(parameters.filter, metrics, is_baseline=is_baseline)
    asked = {*group_by, *(each.dimension for each in filters)}
    school_years = _school_years(split_list(parameters.school_year), metrics)
    if is_baseline:
        _check_baseline(asked, school_years, metrics)
    return QueryPlan(
        metrics=metrics,
        group_by=group_by,
        filters=filters,
        school_years=school_years,
        scope="school" if asked & SCHOOL_LENSES else "district",
        baseline_year=school_years[0] if is_baseline and school_years else None,
    )


def split_list(values: Iterable[str]) -> tuple[str, ...]:
    """`['a,b', 'c', 'a']` -> `('a', 'b', 'c')`: separated, trimmed, each once, in the order given."""
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _metrics(ids: Sequence[str], served: Served) -> tuple[ServedMetric, ...]:
    where = "query parameter 'metrics'"
    if not ids:
        raise MalformedRequestError(
            "No metric is named.",
            where=where,
            remedy="Name at least one metric, such as metrics=attendance_rate.",
            alternatives=served.published().metrics,
        )
    if len(ids) > MAX_METRICS:
        raise TooMuchAskedError(
            f"{len(ids)} metrics are asked for; one answer takes {MAX_METRICS}.",
            where=where,
            remedy="Ask for them in several requests.",
        )
    return tuple(served_metric(metric_id, served, where=where) for metric_id in ids)


def _check_dimension(dimension: str, metrics: Sequence[ServedMetric], *, where: str) -> None:
    for metric in metrics:
        known = metric.snapshot.catalogue.dimensions
        if dimension == SCHOOL_YEAR:
            raise UnknownDimensionError(
                "school_year is not grouped by: every row carries it.",
                where=where,
                remedy="Leave it out here, and name the years with school_year=2025,2026 or school_year=all.",
                alternatives=known,
            )
        if dimension not in known:
            raise UnknownDimensionError(
                f"There is no dimension {quoted(dimension)}.",
                where=where,
                remedy="Use one of the ids that /v1/dimensions lists.",
                given=dimension,
                alternatives=known,
            )
        if dimension not in metric.definition.dimensions:
            raise DimensionNotAllowedError(
                f"The metric '{metric.definition.id}' is not defined by '{dimension}'.",
                where=where,
                remedy=f"Leave '{dimension}' out, or leave the metric out.",
                alternatives=metric.definition.dimensions,
            )


def _check_baseline(asked: set[str], school_years: Sequence[int], metrics: Sequence[ServedMetric]) -> None:
    """Raise the ApiError that says why membership cannot be that of the earliest year."""
    where = "query parameter 'membership'"
    for metric in metrics:
        catalogue = metric.snapshot.catalogue
        years_back = catalogue.years_of_history[metric.definition.semantic_model]
        if not years_back:
            raise DimensionNotAllowedError(
                f"The metric '{metric.definition.id}' follows nobody from year to year, so it has no baseline.",
                where=where,
                remedy="Leave membership=baseline out, or leave the metric out.",
            )
        # A school is where a figure came about, and stays that of each year.
        without = sorted(name for name in asked - SCHOOL_LENSES if not catalogue.dimensions[name].has_baseline)
        with_it = [name for name in metric.definition.dimensions if catalogue.dimensions[name].has_baseline]
        if without or not asked - SCHOOL_LENSES:
            raise DimensionNotAllowedError(
                f"The dimension '{without[0]}' has no baseline."
                if without
                else "Baseline membership is asked for, and no dimension whose members have one.",
                where=where,
                remedy="Group or filter by dimensions that have a baseline, beside 'school' and 'school_level', "
                "or leave membership=baseline out.",
                alternatives=with_it,
            )
        apart = school_years[-1] - school_years[0] if school_years else 0
        if apart > years_back:
            raise TooMuchAskedError(
                f"The years asked for are {apart} apart; a baseline is at most {years_back} back.",
                where=where,
                remedy="Ask for fewer school years.",
            )


def _filters(texts: Sequence[str], metrics: Sequence[ServedMetric], *, is_baseline: bool) -> tuple[Filter, ...]:
    where = "query parameter 'filter'"
    filters: dict[str, Filter] = {}
    for text in texts:
        dimension, colon, listed = text.partition(":")
        dimension = dimension.strip()
        values = split_list([listed])
        if not colon or not values:
            raise MalformedRequestError(
                f"The filter {quoted(text)} does not name a dimension and its members.",
                where=where,
                remedy="Write filter=dimension:member,member, for example filter=grade_level:05,06.",
            )
        _check_dimension(dimension, metrics, where=where)
        if dimension in filters:
            raise MalformedRequestError(
                f"There are two filters on '{dimension}'.",
                where=where,
                remedy=f"Put all members in one: filter={dimension}:member,member.",
            )
        if len(values) > MAX_FILTER_VALUES:
            raise TooMuchAskedError(
                f"The filter on '{dimension}' lists {len(values)} members; it may list {MAX_FILTER_VALUES}.",
                where=where,
                remedy="Group by the dimension instead of listing its members.",
            )
        members = {
            member.value: member
            for metric in metrics
            for member in metric.snapshot.catalogue.dimensions[dimension].members
        }
        known = [*members, NOT_ENROLLED_AT_BASELINE] if is_baseline else list(members)
        for value in values:
            if value not in known:
                raise _unknown_member(dimension, value, known, where)
        # Sorted, so that the same question has the same parameters however it is written.
        filters[dimension] = Filter(dimension, tuple(sorted(values)))
    return tuple(filters[dimension] for dimension in sorted(filters))


def _unknown_member(dimension: str, value: str, members: Sequence[str], where: str) -> ApiError:
    return UnknownMemberError(
        f"The dimension '{dimension}' has no member {quoted(value)}.",
        where=where,
        remedy=f"Use members that /v1/dimensions lists under '{dimension}', spelled as there.",
        given=value,
        alternatives=members[:ALTERNATIVES_SHOWN],
    )


def _school_years(texts: Sequence[str], metrics: Sequence[ServedMetric]) -> tuple[int, ...]:
    years = sorted({year for metric in metrics for year in metric.snapshot.facts.school_years})
    if not texts:
        return tuple(years[-1:])
    if texts == (ALL_YEARS,):
        return tuple(years)
    known = {str(year): year for year in years}
    for text in texts:
        if text not in known:
            raise UnknownSchoolYearError(
                f"There are no figures for school year {quoted(text)}.",
                where="query parameter 'school_year'",
                remedy="Name a school year by its spring (2025-26 is 2026), or write school_year=all.",
                given=text,
                alternatives=[*known, ALL_YEARS],
            )
    return tuple(sorted(known[text] for text in texts))


def member_order(dimension: str, metrics: Sequence[ServedMetric]) -> Callable[[object], tuple[int, str]]:
    """Sort key for the members of `dimension`, by the newest snapshot among those of `metrics`."""
    newest = max((metric.snapshot for metric in metrics), key=lambda snapshot: snapshot.facts.created_at)
    found: Dimension = newest.catalogue.dimensions[dimension]
    return found.order()
