"""Saved queries: valid against the catalogue, answered as /v1/query answers, and refused when they are not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.responses import QueryAnswer, SavedQueryList
from api.semantic.manifest import Catalogue, CatalogueError
from api.semantic.saved_queries import read_saved_queries
from tests.api.test_errors import problem_of


@pytest.fixture(scope="module")
def listed(client: TestClient) -> SavedQueryList:
    return SavedQueryList.model_validate(client.get("/v1/saved-queries").json())


def test_each_is_a_question_of_its_own(listed: SavedQueryList) -> None:
    assert len(listed.data) >= 10
    for query in listed.data:
        assert query.question.endswith("?") and query.title != query.id and query.group_by
    asked = [(query.metrics, query.group_by, query.filters) for query in listed.data]
    assert len(set(asked)) == len(asked)


def test_each_answers_as_the_query_that_it_stands_for(client: TestClient, listed: SavedQueryList) -> None:
    for query in listed.data:
        parameters = {
            "metrics": ",".join(query.metrics),
            "group_by": ",".join(query.group_by),
            "filter": [f"{one.dimension}:{','.join(one.members)}" for one in query.filters],
            "school_year": "all",
        }
        direct = client.get("/v1/query", params=parameters).json()
        saved = client.get(f"/v1/saved-queries/{query.id}?school_year=all")
        assert saved.status_code == 200, saved.text
        assert saved.json() == direct
        assert len(QueryAnswer.model_validate(direct).data) >= 4


def test_without_a_year_it_is_the_latest(client: TestClient) -> None:
    answer = client.get("/v1/saved-queries/attendance_by_school").json()
    assert answer["meta"]["school_years"] == [2026]
    assert answer["meta"]["scope"] == "school"


def test_filters_are_the_ones_of_the_definition(client: TestClient) -> None:
    meta = client.get("/v1/saved-queries/early_chronic_absence_by_disadvantage").json()["meta"]
    assert meta["filters"] == [{"dimension": "grade_level", "members": ["01", "02", "03", "KG"]}]


def test_a_copy_is_good_until_the_figures_change(client: TestClient) -> None:
    first = client.get("/v1/saved-queries/teachers_by_school")
    again = client.get("/v1/saved-queries/teachers_by_school", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/v1/saved-queries/teacher_by_school", 404, "unknown-saved-query"),
        ("/v1/saved-queries/teachers_by_school?school_year=1999", 422, "unknown-school-year"),
        ("/v1/saved-queries/teachers_by_school?group_by=gender", 422, "malformed-request"),
    ],
)
def test_what_is_wrong(client: TestClient, address: str, status: int, kind: str) -> None:
    problem_of(client.get(address), status, kind)


SCOPE = "{{ Dimension('student_year__scope') }} = 'district'"
YEAR = "Dimension('student_year__school_year')"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda asked: asked.update(metrics=["no_such_rate"]), r"asks for \['no_such_rate'\]"),
        (lambda asked: asked.update(metrics=["attended_days"]), r"asks for \['attended_days'\]"),
        (lambda asked: asked.update(metrics=[]), "asks for no metrics"),
        (lambda asked: asked.update(metrics=["oss_rate", "teacher_retention_rate"]), "one query of each"),
        (lambda asked: asked.update(group_by=[]), "adds up school years"),
        (lambda asked: asked.update(group_by=[YEAR, "Dimension('student_year__shoe_size')"]), "by 'shoe_size'"),
        (lambda asked: asked.update(group_by=[YEAR, "student_year__gender"]), "write Dimension"),
        (lambda asked: asked.update(group_by=[YEAR, "Dimension('student_year__school')"]), "= 'school'"),
        (lambda asked: asked.update(where=[]), "count once"),
        (lambda asked: asked.update(where=[SCOPE, "1 = 1"]), "has the filter '1 = 1'"),
        (lambda asked: asked.update(where=[f"{SCOPE} or true"]), "has the filter"),
        (
            lambda asked: asked.update(where=[SCOPE, "{{ Dimension('student_year__grade_level') }} = '14'"]),
            "filters 'grade_level'",
        ),
    ],
)
def test_one_that_the_catalogue_cannot_answer_is_named(
    manifest_json: str, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    manifest = json.loads(manifest_json)
    query = manifest["saved_queries"][0]
    asked: dict[str, Any] = {"metrics": ["oss_rate"], "group_by": [YEAR], "where": [SCOPE]}
    change(asked)
    where = {"where_filters": [{"where_sql_template": text} for text in asked["where"]]}
    query["query_params"].update({**asked, "where": where})
    text = json.dumps(manifest)
    with pytest.raises(CatalogueError, match=rf"'{query['name']}' .*{complaint}"):
        read_saved_queries(text, Catalogue.parse(text))
