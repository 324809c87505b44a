"""How bad a finding is, and how soon it is to be mended."""

from collections.abc import Mapping
from typing import Literal, get_args

Severity = Literal["fatal", "error", "warn", "info"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The worst first."""

SEVERITY_MEANINGS: Mapping[Severity, str] = {
    "fatal": "holds the metrics that it names once more rows fail than are tolerated",
    "error": "must be mended, or waived with a reason and an end",
    "warn": "must be looked at",
    "info": "tells what a reader should know",
}

SCHOOL_DAYS_TO_FIX: Mapping[Severity, int | None] = {"fatal": 2, "error": 5, "warn": 20, "info": None}
"""School days within which a failing row is to be mended, unless its rule says otherwise."""
