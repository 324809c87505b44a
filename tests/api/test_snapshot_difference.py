"""`/v1/snapshots` and the difference of two of them: exact, hidden where too small, and blind to what failed."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.responses import SnapshotDifference, SnapshotList
from tests.api.serving_folder import FIRST, SECOND, ServingFolder

ClientOf = Callable[..., TestClient]
CHANGED = f"/v1/snapshots/{FIRST}/diff/{SECOND}"


def absent(students: pd.DataFrame, n: int) -> pd.DataFrame:
    """The same students, of whom n more are chronically absent in the district in 2026."""
    changed = students.copy()
    present = (
        (changed["scope"] == "district")
        & (changed["school_year"] == 2026)
        & (changed["is_chronic_eligible_federal"].astype(float) == 1)
        & (changed["is_chronically_absent_federal"].astype(float) == 0)
    )
    changed.loc[changed.index[present][:n], "is_chronically_absent_federal"] = True
    return changed


def difference(client: TestClient, address: str = CHANGED) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    SnapshotDifference.model_validate(found)
    return found


def test_snapshots_are_listed_newest_first_with_what_they_serve(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students, created_at="2026-11-20T08:19:44Z")
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND, overrides={"enrollment": {"snapshot_id": FIRST}})
    (folder.root / "snapshots" / ".building-20261125").mkdir()
    listed = SnapshotList.model_validate(client_of(folder).get("/v1/snapshots").json())
    assert [(one.snapshot_id, one.is_current) for one in listed.data] == [(SECOND, True), (FIRST, False)]
    assert listed.data[1].metrics_served == 1


def test_a_snapshot_does_not_differ_from_itself(client: TestClient) -> None:
    found = difference(client, f"/v1/snapshots/{SECOND}/diff/{SECOND}")
    assert (found["metrics"], found["figures"], found["tables"], found["figures_total"]) == ([], [], [], 0)


def test_it_says_what_changed_where_and_by_how_much(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, absent(students, 13))
    folder.point(SECOND)
    client = client_of(folder)
    found = difference(client)
    (metric,) = found["metrics"]
    assert (metric["metric"], metric["school_years"], metric["schools"]) == ("chronic_absence_rate", [2026], [])
    assert metric["figures_changed"] == found["figures_total"] == len(found["figures"])
    total = found["figures"][0]
    assert (total["dimension"], total["change"], total["suppressed"]) == ("all", "changed", False)
    assert total["after"]["numerator"] - total["before"]["numerator"] == 13
    served = client.get("/v1/query?metrics=chronic_absence_rate&school_year=2026").json()["data"][0]
    assert {name: served[name] for name in total["after"]} == total["after"], "the same figure as any other answer has"

    back = difference(client, f"/v1/snapshots/{SECOND}/diff/{FIRST}")
    assert [(one["after"], one["before"]) for one in back["figures"]] == [
        (one["before"], one["after"]) for one in found["figures"]
    ]


def test_what_is_listed_can_be_limited_and_what_is_counted_cannot(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, pd.concat([students, students], ignore_index=True))
    folder.point(SECOND)
    client = client_of(folder)
    everything = difference(client, f"{CHANGED}?limit=5000")
    limited = difference(client, f"{CHANGED}?limit=2")
    assert limited["figures"] == everything["figures"][:2]
    assert limited["metrics"] == everything["metrics"]
    one = difference(client, f"{CHANGED}?metric=enrollment&limit=5000")
    assert {figure["metric"] for figure in one["figures"]} == {"enrollment"}
    assert one["figures_total"] == len(one["figures"])
    table = {"table": "mart_student_year_by_scope", "rows_before": len(students), "rows_after": 2 * len(students)}
    assert everything["tables"] == [table]


@pytest.mark.parametrize(("more", "is_hidden"), [(1, True), (9, True), (10, False)])
def test_a_handful_who_came_is_not_told_of(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf, more: int, is_hidden: bool
) -> None:
    came = students[
        (students["scope"] == "district")
        & (students["school_year"] == 2026)
        & (students["is_enrolled"].astype(float) == 1)
    ].head(more)
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, pd.concat([students, came], ignore_index=True))
    folder.point(SECOND)
    found = difference(client_of(folder), f"{CHANGED}?metric=enrollment")
    total = next(one for one in found["figures"] if one["dimension"] == "all")
    assert total["suppressed"] is is_hidden
    numbers = [total[side][name] for side in ("before", "after") for name in ("value", "n_students", "n_unknown")]
    assert all(number is None for number in numbers) is is_hidden
    assert found["suppression"]["suppressed_cells"] == sum(one["suppressed"] for one in found["figures"])


def test_no_number_of_a_small_group_is_shown_on_either_side(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, pd.concat([students, students], ignore_index=True))
    folder.point(SECOND)
    found = difference(client_of(folder), f"{CHANGED}?limit=5000")
    hidden = [one for one in found["figures"] if one["suppressed"]]
    assert hidden, "the generated district has small groups"
    for one in found["figures"]:
        for side in (one["before"], one["after"]):
            if side is None:
                continue
            if one["suppressed"]:
                assert set(side.values()) == {None, "suppressed"}
            else:
                assert (side["n_students"] or side["n_unknown"] or 0) not in range(1, 10)


def test_figures_that_failed_their_checks_are_not_to_be_had_by_comparing(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, absent(students, 13), raw=["chronic_absence_rate"])
    folder.point(SECOND, overrides={"chronic_absence_rate": {"snapshot_id": FIRST}})
    client = client_of(folder)
    for address in (CHANGED, f"{CHANGED}?metric=chronic_absence_rate"):
        found = difference(client, address)
        assert (found["figures"], found["metrics"]) == ([], [])
        assert found["not_compared"] == ["chronic_absence_rate"]
        assert "chronic_absence_rate" in found["notices"][0]


def test_a_snapshot_of_an_older_release_says_so(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    with duckdb.connect(str(folder.write_snapshot(FIRST, students) / "district.duckdb")) as connection:
        connection.execute("drop table marts.mart_metric_by_group")
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    found = difference(client_of(folder))
    assert found["figures"] == []
    assert "earlier release" in found["notices"][0]


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        (f"/v1/snapshots/{FIRST}x/diff/{SECOND}", 404, "unknown-snapshot"),
        (f"/v1/snapshots/{SECOND}/diff/..%2F..%2Fetc", 404, "not-found"),
        (f"/v1/snapshots/{SECOND}/diff/.building-x", 422, "malformed-request"),
        (f"/v1/snapshots/{SECOND}/diff/{SECOND}?metric=enrolment", 404, "unknown-metric"),
        (f"/v1/snapshots/{SECOND}/diff/{SECOND}?limit=-1", 422, "malformed-request"),
        (f"/v1/snapshots/{SECOND}/diff/{SECOND}?limits=1", 422, "malformed-request"),
    ],
)
def test_what_cannot_be_compared_is_refused(client: TestClient, address: str, status: int, kind: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.json()["type"]) == (status, f"/docs#{kind}")


def test_an_unchanged_difference_is_not_sent_again(client: TestClient) -> None:
    address = f"/v1/snapshots/{SECOND}/diff/{SECOND}"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
