"""Real answers and problems, shortened, for the OpenAPI description; one JSON file for each constant."""

import json
from pathlib import Path
from typing import Any

Example = dict[str, Any]


def _read(name: str) -> Example:
    example: Example = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return example


METRIC_LIST = _read("metric_list")
METRIC_DEFINITION = _read("metric_definition")
DIMENSION_LIST = _read("dimension_list")
SAVED_QUERY_LIST = _read("saved_query_list")
QUERY_ANSWER = _read("query_answer")
SNAPSHOT_LIST = _read("snapshot_list")
SNAPSHOT_DIFFERENCE = _read("snapshot_difference")
QUALITY = _read("quality")
FINDINGS = _read("findings")
FRESHNESS = _read("freshness")
IDENTITY = _read("identity")
STATUS = _read("status")
HEALTH = _read("health")

MALFORMED_REQUEST = _read("malformed_request")
UNKNOWN_METRIC = _read("unknown_metric")
UNKNOWN_SAVED_QUERY = _read("unknown_saved_query")
UNKNOWN_SNAPSHOT = _read("unknown_snapshot")
UNKNOWN_DIMENSION = _read("unknown_dimension")
DIMENSION_NOT_ALLOWED = _read("dimension_not_allowed")
UNKNOWN_MEMBER = _read("unknown_member")
UNKNOWN_SCHOOL_YEAR = _read("unknown_school_year")
UNKNOWN_VALUE = _read("unknown_value")
TOO_MUCH_ASKED = _read("too_much_asked")
QUERY_REFUSED = _read("query_refused")
METRIC_NOT_CERTIFIED = _read("metric_not_certified")
NO_SNAPSHOT = _read("no_snapshot")
SNAPSHOT_UNREADABLE = _read("snapshot_unreadable")
NO_REPORT = _read("no_report")
REPORT_UNREADABLE = _read("report_unreadable")
