"""`/v1/identity` against the marts that it counts."""

from collections.abc import Callable
from typing import Any

import duckdb
from fastapi.testclient import TestClient

from tests.api.serving_folder import SECOND, ServingFolder


def test_each_source_has_its_counts_thresholds_and_state(client: TestClient) -> None:
    answer = client.get("/v1/identity").json()
    assert answer["snapshot_id"] == SECOND
    assert answer["data"] == [
        {
            "source_table": "assessment_files__results",
            "match_to": "student",
            "rows": 100,
            "matched": 89,
            "unmatched": 11,
            "ambiguous": 3,
            "warn_percent": 2.0,
            "fatal_percent": 10.0,
            "state": "held",
        },
        {
            "source_table": "sis_files__attendance",
            "match_to": "school",
            "rows": 100,
            "matched": 0,
            "unmatched": 100,
            "ambiguous": 0,
            "warn_percent": None,
            "fatal_percent": None,
            "state": "not_judged",
        },
        {
            "source_table": "sis_files__marks",
            "match_to": "student",
            "rows": 100,
            "matched": 98,
            "unmatched": 2,
            "ambiguous": 0,
            "warn_percent": 2.0,
            "fatal_percent": 10.0,
            "state": "within",
        },
    ]
    for row in answer["data"]:
        assert row["matched"] + row["unmatched"] == row["rows"]


def test_ids_are_counted_by_namespace_and_rule_and_never_shown(client: TestClient) -> None:
    response = client.get("/v1/identity")
    counted = {
        (row["person_type"], row["person_namespace"], row["match_status"], row["match_rule"]): row["ids"]
        for row in response.json()["ids"]
    }
    assert counted == {
        ("student", "local", "matched", "local_number"): 2,
        ("student", "state", "ambiguous", None): 1,
        ("student", "state", "matched", "decision"): 1,
        ("staff", "local", "unmatched", None): 1,
    }
    assert response.json()["candidates"] == 1
    assert response.json()["decisions"] == {"applied": 2, "refused": 1}
    assert "secret" not in response.text


def test_a_snapshot_of_an_older_release_says_so(
    folder: ServingFolder, students: Any, client_of: Callable[..., TestClient]
) -> None:
    published = folder.write_snapshot(SECOND, students)
    with duckdb.connect(str(published / "district.duckdb")) as connection:
        connection.execute("drop table marts.mart_identity_candidate")
    folder.forget_digest(SECOND, "district.duckdb")
    folder.point(SECOND)
    answer = client_of(folder).get("/v1/identity")
    assert answer.status_code == 200
    assert answer.json()["data"] == []
    assert "stocktake run" in answer.json()["notices"][0]
