"""How well verified an answer is: the state of a metric's figures for the years, schools and groups asked for."""

from collections.abc import Sequence
from typing import get_args

from api.semantic.lookup import ServedMetric
from api.semantic.manifest import SCHOOL_LENSES
from api.semantic.request import QueryPlan
from api.snapshots.pointer import VerificationState, WindowState

_RANK: tuple[VerificationState, ...] = get_args(VerificationState)


def lowest(states: Sequence[VerificationState]) -> VerificationState:
    """The least verified of some states."""
    return min(states, key=_RANK.index)


def answer_state(metric: ServedMetric, plan: QueryPlan) -> VerificationState:
    """What has been signed for all of a metric's figures in an answer.

    People sign for what a window holds: totals and single groups of each year, of the district or of schools. What
    crosses groups, or keeps students in the groups of an earlier year, is validated at best.
    """
    pointer = metric.pointer
    if not pointer.windows:
        return pointer.state
    groups = {*plan.group_by, *(each.dimension for each in plan.filters)} - SCHOOL_LENSES
    if len(groups) > 1 or plan.baseline_year is not None or not plan.school_years:
        return "validated"
    states: list[VerificationState] = []
    for year in plan.school_years:
        covering = [one.state for one in pointer.windows if one.school_year == year and _covers(one, plan)]
        states.append(max(("validated", *covering), key=_RANK.index))
    return lowest(states)


def _covers(window: WindowState, plan: QueryPlan) -> bool:
    """Whether all schools of an answer are among the window's."""
    if not window.schools:
        return True
    asked = [set(each.values) for each in plan.filters if each.dimension == "school"]
    return any(schools <= set(window.schools) for schools in asked)
