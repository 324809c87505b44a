"""Every error is a problem document that says what is wrong, where, and how to mend it."""

import json
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api import examples
from api.app import create_app
from api.errors import MEDIA_TYPE, PROBLEMS, Problem
from api.settings import ApiSettings
from tests.api.serving_folder import SECOND, ServingFolder

QUERY = "/v1/query?metrics=enrollment"


def problem_of(response: Any, status: int, kind: str) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    problem = Problem.model_validate(response.json())
    assert problem.status == status
    assert problem.type == f"/docs#{kind}"
    assert problem.title and problem.detail and problem.where and problem.remedy
    return problem


@pytest.mark.parametrize(
    ("address", "status", "kind", "did_you_mean"),
    [
        ("/v1/metrics/chronic_absense_rate", 404, "unknown-metric", "chronic_absence_rate"),
        ("/v1/query?metrics=Enrolment", 404, "unknown-metric", "enrollment"),
        ("/v1/query", 422, "malformed-request", None),
        ("/v1/query?metrics=", 422, "malformed-request", None),
        ("/v1/query?metrics=,", 422, "malformed-request", None),
        (f"{QUERY}&fliter=gender:female", 422, "malformed-request", "filter"),
        (f"{QUERY}&filter=gender", 422, "malformed-request", None),
        (f"{QUERY}&filter=gender:", 422, "malformed-request", None),
        (f"{QUERY}&filter=:female", 422, "unknown-dimension", None),
        (f"{QUERY}&filter=gender:female&filter=gender:male", 422, "malformed-request", None),
        (f"{QUERY}&group_by=ethnicity", 422, "unknown-dimension", "race_ethnicity"),
        (f"{QUERY}&group_by=scope", 422, "unknown-dimension", None),
        (f"{QUERY}&group_by=school_year", 422, "unknown-dimension", None),
        (f"{QUERY}&filter=gender:femal", 422, "unknown-member", "female"),
        (f"{QUERY}&filter=school:district", 422, "unknown-member", None),
        (f"{QUERY}&school_year=2025-26", 422, "unknown-school-year", "2026"),
        (f"{QUERY}&school_year=all,2026", 422, "unknown-school-year", "all"),
        (f"{QUERY}&school_year=1999", 422, "unknown-school-year", None),
        (f"{QUERY}&group_by=gender,homeless,disability,school", 422, "too-much-asked", None),
        ("/v1/query?metrics=" + ",".join(f"m{n}" for n in range(26)), 422, "too-much-asked", None),
        (f"{QUERY}&filter=school:" + ",".join(f"s{n}" for n in range(501)), 422, "too-much-asked", None),
        ("/v1/metric", 404, "not-found", "/v1/metrics"),
    ],
)
def test_what_is_wrong_and_what_would_be_right(
    client: TestClient, address: str, status: int, kind: str, did_you_mean: str | None
) -> None:
    problem = problem_of(client.get(address), status, kind)
    if did_you_mean is not None:
        assert problem.did_you_mean == did_you_mean
        assert did_you_mean in problem.alternatives
    assert address[:80] in problem.instance.replace("%20", " ")[:500]


def test_a_method_that_writes_is_refused(client: TestClient) -> None:
    response = client.post("/v1/metrics")
    problem_of(response, 405, "method-not-allowed")
    assert "GET" in response.headers["allow"]


def test_before_the_first_run_there_is_a_remedy(folder: ServingFolder, client_of: Any) -> None:
    client = client_of(folder)
    for address in ("/v1/metrics", "/v1/metrics/enrollment", "/v1/dimensions", QUERY):
        response = client.get(address)
        problem = problem_of(response, 503, "no-snapshot")
        assert "stocktake run" in problem.remedy
        assert response.headers["retry-after"]


def test_a_first_run_that_was_held_gives_its_reasons(folder: ServingFolder, client_of: Any) -> None:
    folder.record_attempt(
        "held",
        [
            {
                "rule_id": "ID-01",
                "title": "User has no identifier",
                "reason": "x.",
                "fix": "y.",
                "metrics": ["*"],
            }
        ],
    )
    problem = problem_of(client_of(folder).get("/v1/metrics"), 503, "no-snapshot")
    assert [reason.rule_id for reason in problem.reasons] == ["ID-01"]
    assert "held" in problem.detail


def test_a_fault_of_our_own_gives_nothing_away(folder: ServingFolder) -> None:
    app = create_app(ApiSettings(serving_dir=folder.root))

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("student 9012345 in /secret/place")

    problem = problem_of(TestClient(app, raise_server_exceptions=False).get("/broken"), 500, "internal-error")
    assert "9012345" not in problem.model_dump_json() and "secret" not in problem.model_dump_json()


def test_a_query_that_no_sql_can_be_made_of_is_refused_with_the_reason(
    folder: ServingFolder, client_of: Any, manifest_json: str, students: pd.DataFrame
) -> None:
    """Definitions whose entity is named otherwise than its model, so that MetricFlow finds no path to the lens."""
    manifest = json.loads(manifest_json)
    (model,) = (one for one in manifest["semantic_models"] if one["name"] == "staff_year")
    model["entities"][0]["name"] = "employment"
    own = ServingFolder(folder.root, json.dumps(manifest))
    own.write_snapshot(SECOND, students)
    own.point(SECOND)
    client = client_of(own)
    response = client.get("/v1/query?metrics=teacher_retention_rate&group_by=school")
    problem = problem_of(response, 422, "query-refused")
    assert problem.model_dump() == examples.QUERY_REFUSED | {"did_you_mean": None, "alternatives": [], "reasons": []}
    assert client.get("/v1/query?metrics=enrollment&group_by=school").status_code == 200


def test_the_documentation_explains_every_kind(client: TestClient) -> None:
    page = client.get("/docs").text
    for kind in PROBLEMS:
        assert f'id="{kind.slug}"' in page
        assert kind.__doc__


INJECTIONS = [
    "female') or 1=1 --",
    "female' union select * from marts.dim_school --",
    "{{ 7*7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "$f0_0",
    "'__bind__f0_0__bind__'",
    "../../etc/passwd",
    "\x00",
    "Ünï\u202ecode",
    "a" * 5000,
]


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_names_and_values_from_outside_the_catalogue_go_no_further(client: TestClient, text: str) -> None:
    attempts = [
        {"metrics": text},
        {"metrics": "enrollment", "group_by": text},
        {"metrics": "enrollment", "filter": f"gender:{text}"},
        {"metrics": "enrollment", "filter": f"{text}:female"},
        {"metrics": "enrollment", "school_year": text},
        {"metrics": "enrollment", text: "x"},
    ]
    for parameters in attempts:
        response = client.get("/v1/query", params=parameters)
        assert response.status_code in (404, 422), parameters
        Problem.model_validate(response.json())
        assert len(response.content) < 8_000
