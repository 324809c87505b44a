"""HTTP manners, a real server process, and whatever else a client may send."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.errors import MEDIA_TYPE, Problem
from api.responses import QueryAnswer
from api.settings import ApiSettings
from tests.api.serving_folder import FIRST, SECOND, ServingFolder

ROOT = Path(__file__).parents[2]
ADDRESSES = [
    "/v1/metrics",
    "/v1/metrics/enrollment",
    "/v1/dimensions",
    "/v1/query?metrics=enrollment",
    "/v1/quality",
    "/v1/quality/results?limit=2",
    "/v1/freshness",
    "/v1/identity",
    "/v1/status",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_copy_that_is_current_is_not_sent_again(client: TestClient, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"].startswith("private")
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_changes_with_the_question_the_figures_and_the_rules(
    folder: ServingFolder, students: Any, client_of: Callable[..., TestClient]
) -> None:
    folder.write_snapshot(FIRST, students)
    folder.write_snapshot(SECOND, students)
    folder.point(FIRST)
    client = client_of(folder)

    def tag(of: TestClient, address: str = "/v1/query?metrics=enrollment") -> str:
        return str(of.get(address).headers["etag"])

    tags = [tag(client), tag(client, "/v1/query?metrics=oss_rate"), tag(client_of(folder, minimum_n=20))]
    folder.point(SECOND)
    tags.append(tag(client))
    folder.record_attempt("failed")
    tags.append(tag(client))
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("address", [*ADDRESSES, "/healthz", "/docs", "/openapi.json"])
def test_head_is_get_without_its_body(client: TestClient, address: str) -> None:
    head, get = client.head(address), client.get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


def test_head_sends_no_body_to_the_server(published: ServingFolder) -> None:
    # Clients and servers hide such a body, so this looks at what the application itself sends.
    app = create_app(ApiSettings(serving_dir=published.root))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "HEAD", "path": "/healthz", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent) == b""


def test_options_names_the_methods(client: TestClient) -> None:
    response = client.options("/v1/query")
    assert (response.status_code, response.headers["allow"], response.content) == (
        204,
        "GET, HEAD, OPTIONS",
        b"",
    )
    assert client.options("/nowhere").status_code == 404


def test_long_answers_are_compressed(client: TestClient) -> None:
    response = client.get("/v1/dimensions", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in response.headers["vary"].lower()


def test_other_origins_are_off_unless_allowed(
    published: ServingFolder, client: TestClient, client_of: Callable[..., TestClient]
) -> None:
    origin = {"Origin": "https://dashboard.example.org"}
    assert "access-control-allow-origin" not in client.get("/v1/status", headers=origin).headers
    open_to_one = client_of(published, api_allowed_origins="https://dashboard.example.org, https://b.example.org")
    allowed = open_to_one.get("/v1/status", headers=origin).headers
    assert allowed["access-control-allow-origin"] == "https://dashboard.example.org"
    other = open_to_one.get("/v1/status", headers={"Origin": "https://elsewhere.example.org"}).headers
    assert "access-control-allow-origin" not in other


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STOCKTAKE_DATA_DIR")
    assert ApiSettings().resolved_serving_dir == Path("data/serving")
    monkeypatch.setenv("STOCKTAKE_DATA_DIR", "/somewhere")
    monkeypatch.setenv("STOCKTAKE_API_ALLOWED_ORIGINS", "https://a.example.org,https://b.example.org")
    monkeypatch.setenv("STOCKTAKE_MINIMUM_N", "20")
    read = ApiSettings()
    assert read.resolved_serving_dir == Path("/somewhere/serving")
    assert read.api_allowed_origins == ("https://a.example.org", "https://b.example.org")
    assert read.minimum_n == 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_real_server_answers_and_stops(published: ServingFolder, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "STOCKTAKE_SERVING_DIR": str(published.root),
        "STOCKTAKE_API_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "api"]
    server = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while True:
            try:
                if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                assert time.monotonic() < deadline and server.poll() is None, "the server did not start"
                time.sleep(0.1)
        response = httpx.get(f"{address}/v1/query?metrics=attendance_rate&group_by=gender", trust_env=False)
        assert response.status_code == 200
        assert len(QueryAnswer.model_validate(response.json()).data) >= 4

        second = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        server.terminate()
    assert server.wait(timeout=20) in (0, -15)


def test_the_api_needs_nothing_of_the_pipeline() -> None:
    code = (
        "import sys, json; from api.app import create_app; create_app(); "
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "api" in loaded
    assert not loaded & {"dagster", "dbt", "dlt", "soda_core", "ingestion", "quality", "orchestration"}


ANYTHING = st.text(max_size=12)
METRICS = st.sampled_from(["enrollment", "oss_rate", "attendance_rate,stability_rate", "distance_from_standard_ela"])
LENSES = st.sampled_from(["school", "gender", "grade_level", "homeless,race_ethnicity", ",", "attendance_band"])
FILTERS = st.sampled_from(["gender:female", "school:9,10", "grade_level:05", "homeless:unknown,yes", "gender:,"])
YEARS = st.sampled_from(["2025", "2026", "2025,2026", "all", "1999"])
PARAMETERS = st.one_of(
    st.tuples(st.just("group_by"), LENSES | ANYTHING),
    st.tuples(st.just("filter"), FILTERS | ANYTHING),
    st.tuples(st.just("school_year"), YEARS | ANYTHING),
    st.tuples(ANYTHING, ANYTHING),
)


@settings(max_examples=300, deadline=None)
@given(metrics=METRICS | ANYTHING, parameters=st.lists(PARAMETERS, max_size=4))
def test_whatever_is_asked_gets_an_answer_or_a_problem(
    client: TestClient, metrics: str, parameters: list[tuple[str, str]]
) -> None:
    response = client.get("/v1/query", params=httpx.QueryParams([("metrics", metrics), *parameters]))
    if response.status_code == 200:
        answer = QueryAnswer.model_validate(response.json())
        assert all(row.n_students is None or row.n_students == 0 or row.n_students >= 10 for row in answer.data)
    else:
        assert response.status_code in (404, 422)
        assert response.headers["content-type"] == MEDIA_TYPE
        Problem.model_validate(response.json())


@settings(max_examples=50, deadline=None)
@given(path=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_path_is_answered(client: TestClient, path: str) -> None:
    response = client.get("/v1/metrics/" + quote(path, safe="/"))
    assert response.status_code in (200, 404)
