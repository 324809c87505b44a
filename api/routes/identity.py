"""`/v1/identity`: how well the sources agree on who is who, source by source; nobody's id is in it."""

import duckdb
from fastapi import APIRouter, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.openapi import ok, problems
from api.responses import IdCounts, Identity, MatchCounts
from api.snapshots.snapshot import CATALOG, Snapshot

router = APIRouter(prefix="/v1/identity", tags=["service"])

_MATCHES = f"""
    select source_table, match_to, rows_total as "rows", rows_matched as matched, rows_unmatched as unmatched,
        rows_ambiguous as ambiguous, warn_percent, fatal_percent, match_state as state
    from {CATALOG}.marts.mart_source_match
    order by source_table, match_to
"""
_IDS = f"""
    with identities as (
        select 'student' as person_type, person_namespace, match_status, match_rule
        from {CATALOG}.marts.dim_student_identity
        union all
        select 'staff', person_namespace, match_status, match_rule from {CATALOG}.marts.dim_staff_identity
    )
    select person_type, person_namespace, match_status, match_rule, count(*) as ids
    from identities
    group by all
    order by person_type desc, person_namespace, match_status, match_rule
"""
_CANDIDATES = f"select count(*) as candidates from {CATALOG}.marts.mart_identity_candidate"
_DECISIONS = f"""
    select decision_state, count(*) as decisions from {CATALOG}.marts.mart_identity_decision
    group by decision_state order by decision_state
"""


@router.get(
    "",
    response_model=Identity,
    summary="Who is who, by source",
    responses={200: ok(examples.IDENTITY), **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE)},
)
def identity(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Rows that match nobody and ids that lead to several people, per source, with the thresholds that hold metrics.

    The figures are those of the newest snapshot.
    """
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: _identity(served.current()))


def _identity(snapshot: Snapshot) -> Identity:
    try:
        matches, ids, candidates, decisions = (
            snapshot.rows(sql, {}) for sql in (_MATCHES, _IDS, _CANDIDATES, _DECISIONS)
        )
    except (duckdb.CatalogException, duckdb.BinderException):
        # Published by a release that did not count this yet; the next run mends it.
        notice = "The snapshot that is served does not say who is who; run `stocktake run` to publish a new one."
        return Identity(
            snapshot_id=snapshot.id,
            as_of=snapshot.facts.as_of,
            data=[],
            ids=[],
            candidates=0,
            decisions={},
            notices=[notice],
        )
    return Identity(
        snapshot_id=snapshot.id,
        as_of=snapshot.facts.as_of,
        data=[MatchCounts.model_validate(row) for row in matches],
        ids=[IdCounts.model_validate(row) for row in ids],
        candidates=candidates[0]["candidates"],
        decisions={row["decision_state"]: row["decisions"] for row in decisions},
        notices=[],
    )
