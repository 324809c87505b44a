"""What the rules found: counts, findings page by page, and the counts behind a metric."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from quality.identifying_columns import IDENTIFYING_COLUMNS
from tests.api import quality_reports
from tests.api.quality_reports import SECRETS
from tests.api.serving_folder import SECOND, ServingFolder
from tests.api.test_errors import problem_of
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse

ClientOf = Callable[..., TestClient]
RESULTS = "/v1/quality/results"


def get(client: TestClient, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return response.json()


def findings(client: TestClient, query: str = "") -> list[tuple[str, str, str | None, int | None]]:
    found = get(client, f"{RESULTS}?{query}")
    assert found["total"] == len(found["data"]) and found["next"] is None
    return sorted(
        (one["rule_id"], one["table"], one["school"], one["source_row"])
        for one in found["data"]
        if not one["rule_id"].startswith("LD-")
    )


USER = ("ID-01", "oneroster__users", None, 5)
SCORE = ("AS-01", "assessment_files__results", "101", 3)
OLD_DATE, NEW_DATE, WAIVED_DATE = (
    ("AT-13", "sis_files__attendance", school, line) for school, line in (("101", 3), ("101", 4), ("102", 5))
)


def test_the_summary_counts_by_severity_age_and_metric(client: TestClient) -> None:
    summary = get(client, "/v1/quality?domain=attendance,identity&severity=fatal")
    assert {rule["id"] for rule in summary["data"]} >= {"AT-13", "ID-01"}
    assert {rule["severity"] for rule in summary["data"]} == {"fatal"}
    by_domain = {group["domain"]: group for group in summary["by_severity"]}
    assert by_domain["identity"] == {
        "domain": "identity",
        "severity": "fatal",
        "open": 1,
        "overdue": 1,
        "waived": 0,
        "resolved": 0,
        "oldest_school_days": 21,
    }
    dates = get(client, f"{RESULTS}?severity=fatal&domain=attendance&status=all")["findings"]
    assert by_domain["attendance"] == {"domain": "attendance", "severity": "fatal", **dates}
    assert [age["open"] for age in summary["by_age"]] == [dates["open"] - dates["overdue"], 0, 0, dates["overdue"] + 1]
    # Without a number nobody can be matched, so each metric is concerned; a date concerns attendance.
    assert summary["by_metric"]["enrollment"] == {
        "open": {"fatal": 1, "error": 0, "warn": 0, "info": 0},
        "overdue": 1,
        "waived": 0,
    }
    assert summary["by_metric"]["attendance_rate"]["waived"] == 1
    assert [(run["stage"], run["run_id"]) for run in summary["runs"]] == [("raw", "run-2")]
    assert {balance["source_table"] for balance in summary["balances"]} == {rule["table"] for rule in summary["data"]}


def test_a_rule_says_what_it_means_and_who_mends_it(client: TestClient) -> None:
    (rule,) = (one for one in get(client, "/v1/quality?metric=attendance_rate")["data"] if one["id"] == "AT-13")
    assert (rule["outcome"], rule["rows_checked"], rule["rows_failed"], rule["rows_waived"]) == ("fail", 4, 2, 1)
    assert rule["findings"] == {"open": 2, "overdue": 1, "waived": 1, "resolved": 0, "oldest_school_days": 21}
    assert rule["owner_role"] == {
        "id": "student_information_manager",
        "title": "Student information manager",
        "scope": "district",
    }
    assert "attendance_clerk" in {role["id"] for role in rule["fixed_by"]}
    assert rule["meaning"] and rule["fix"] and rule["basis"] and rule["school_days_to_fix"] == 2


def test_filters_choose_rules(client: TestClient) -> None:
    everything = get(client, "/v1/quality")["data"]
    for name, field, value in (
        ("severity", "severity", "warn"),
        ("table", "table", "oneroster__users"),
        ("outcome", "outcome", "fail"),
        ("domain", "domain", "assessment"),
    ):
        chosen = get(client, f"/v1/quality?{name}={value}")["data"]
        assert chosen == [rule for rule in everything if rule[field] == value] != []
    chosen = get(client, "/v1/quality?metric=enrollment")["data"]
    assert chosen == [rule for rule in everything if {"enrollment", "*"} & {*rule["metrics"]}] != everything


def test_findings_are_pointers_with_their_age_and_decision(client: TestClient) -> None:
    assert set(findings(client)) >= {USER, OLD_DATE, NEW_DATE}
    assert {SCORE, WAIVED_DATE}.isdisjoint(findings(client))
    assert findings(client, "status=waived") == [WAIVED_DATE]
    assert findings(client, "status=resolved") == [SCORE]
    assert set(findings(client, "rule=AT-13&status=all")) == {OLD_DATE, NEW_DATE, WAIVED_DATE}
    assert findings(client, "rule=AT-13&overdue=true") == [OLD_DATE]
    assert findings(client, "rule=AT-13&overdue=false") == [NEW_DATE]
    assert findings(client, "rule=AT-13&status=all&school=102") == [WAIVED_DATE]
    assert findings(client, "table=oneroster__users&severity=fatal") == [USER]
    assert USER in findings(client, "owner_role=student_information_manager")
    assert USER not in findings(client, "fixed_by=attendance_clerk")
    assert OLD_DATE in findings(client, "fixed_by=attendance_clerk")
    # A school that has no findings is none the less a school.
    assert findings(client, "school=9") == []

    (waived,) = get(client, f"{RESULTS}?status=waived")["data"]
    assert (waived["waiver_id"], waived["waiver_kind"], waived["is_overdue"]) == ("W1", "waiver", False)
    assert waived["context"]["attendance_date"] == "32.01.2026"
    assert (waived["source_file"], waived["first_seen_at"]) == ("sis_files__attendance.csv", "2026-06-06T12:00:00Z")
    old = next(one for one in get(client, f"{RESULTS}?rule=AT-13&overdue=true")["data"])
    assert (old["age_school_days"], old["first_seen_at"]) == (21, "2026-05-07T12:00:00Z")
    assert old["last_seen_at"] == "2026-06-06T12:00:00Z" and old["resolved_at"] is None


@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
def test_pages_hold_each_finding_once_in_one_order(client: TestClient, limit: int) -> None:
    whole = get(client, f"{RESULTS}?status=all&limit=1000")
    assert whole["total"] == len(whole["data"]) >= 10
    places = [
        (("fatal", "error", "warn", "info").index(one["severity"]), one["first_seen_at"], one["result_id"])
        for one in whole["data"]
    ]
    assert places == sorted(places)
    paged, after = [], ""
    while after is not None:
        page = get(client, f"{RESULTS}?status=all&limit={limit}{after and f'&after={after}'}")
        assert len(page["data"]) <= limit and page["total"] == whole["total"]
        paged += page["data"]
        after = page["next"]
    assert paged == whole["data"]


def test_a_page_goes_on_in_a_newer_report(
    folder: ServingFolder, judged_warehouse: MadeUpWarehouse, client_of: ClientOf
) -> None:
    quality_reports.publish(judged_warehouse, folder.root)
    client = client_of(folder)
    whole = get(client, f"{RESULTS}?limit=1000")["data"]
    first = get(client, f"{RESULTS}?limit=3")
    quality_reports.publish(judged_warehouse, folder.root, now=NOW + timedelta(hours=1))
    second = get(client, f"{RESULTS}?limit=1000&after={first['next']}")
    assert second["report_id"] != first["report_id"]
    assert first["data"] + second["data"] == whole


@pytest.mark.parametrize(
    ("address", "status", "kind", "did_you_mean"),
    [
        ("/v1/quality?severity=fatall", 422, "unknown-value", "fatal"),
        ("/v1/quality?table=sis_files__atendance", 422, "unknown-value", "sis_files__attendance"),
        ("/v1/quality?outcome=failed", 422, "unknown-value", "fail"),
        ("/v1/quality?metric=enrolment", 404, "unknown-metric", "enrollment"),
        ("/v1/quality?school=101", 422, "malformed-request", None),
        (f"{RESULTS}?rule=AT-1", 422, "unknown-value", None),
        (f"{RESULTS}?fixed_by=registrars", 422, "unknown-value", "registrar"),
        (f"{RESULTS}?school=999", 422, "unknown-value", None),
        (f"{RESULTS}?status=closed", 422, "malformed-request", None),
        (f"{RESULTS}?limit=1001", 422, "malformed-request", None),
        (f"{RESULTS}?after=%00", 422, "malformed-request", None),
        (f"{RESULTS}?after=WzFd", 422, "malformed-request", None),
        (f"{RESULTS}?after=%C3%A4", 422, "malformed-request", None),
    ],
)
def test_what_is_wrong(client: TestClient, address: str, status: int, kind: str, did_you_mean: str | None) -> None:
    problem = problem_of(client.get(address), status, kind)
    if did_you_mean is not None:
        assert problem.did_you_mean == did_you_mean


def test_a_metric_tells_the_findings_behind_it(client: TestClient) -> None:
    meta = get(client, "/v1/query?metrics=attendance_rate,enrollment")["meta"]
    for metric, told in meta["metrics"].items():
        assert get(client, told["quality"])["by_metric"][metric] == told["findings"]
        certification = get(client, f"/v1/metrics/{metric}")["certification"]
        assert (certification["findings"], certification["quality"]) == (told["findings"], told["quality"])
    behind = {metric: told["findings"] for metric, told in meta["metrics"].items()}
    # The user without a number, and the share of users that were rejected for it.
    assert behind["enrollment"]["open"]["fatal"] == 2
    assert behind["attendance_rate"]["open"]["fatal"] > 2 and behind["attendance_rate"]["waived"] == 1


def test_without_a_report_nothing_is_claimed(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf
) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND)
    client = client_of(folder)
    for address in ("/v1/quality", RESULTS):
        problem_of(client.get(address), 503, "no-report")
    meta = get(client, "/v1/query?metrics=enrollment")["meta"]
    assert meta["metrics"]["enrollment"]["findings"] is None
    assert meta["notices"] == []


def test_a_report_is_shown_before_any_figure_is_published(
    folder: ServingFolder, judged_warehouse: MadeUpWarehouse, client_of: ClientOf
) -> None:
    quality_reports.publish(judged_warehouse, folder.root)
    client = client_of(folder)
    assert USER in findings(client)
    assert get(client, "/v1/quality?metric=attendance_rate")["findings"]["open"] > 0
    assert {one["source_table"] for one in get(client, "/v1/freshness")["data"]} >= {"oneroster__users"}
    problem_of(client.get("/v1/query?metrics=enrollment"), 503, "no-snapshot")


def keys_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from keys_of(each)


def test_no_answer_names_a_student(client: TestClient) -> None:
    for address in (
        "/v1/quality",
        f"{RESULTS}?status=all&limit=1000",
        "/v1/freshness",
        "/v1/query?metrics=enrollment",
        "/v1/status",
    ):
        response = client.get(address)
        assert not [secret for secret in (*SECRETS, "91234567") if secret in response.text]
        # The id of a finding is a digest; that of an assessment's result has the same name.
        assert set(keys_of(json.loads(response.text))) & (IDENTIFYING_COLUMNS - {"result_id"}) == set()
