"""Certification windows: which figures are to be certified, from when to when, by whom."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from quality.errors import CertificationError
from quality.registry import ALL_METRICS, METRIC_IDS, named_metrics

WINDOWS_FILE = "certification_windows.yml"
"""Stands beside the district file."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Strict):
    """One certification window.

    Attributes:
        school_year: its spring.
        metrics: ids; in the file also `family:<name>`, or `*` for all.
        schools: numbers of the schools; empty is the whole district, with its school levels and schools.
        reviewed_by: roles that may review, which comes first.
        signed_by: roles that may sign, freeze and restate.
    """

    # It names a folder, and stands before an @ in the name of a frozen version.
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)
    title: str = Field(min_length=1)
    school_year: int = Field(ge=2000, le=2100)
    opens_on: date
    closes_on: date
    metrics: tuple[str, ...] = Field(min_length=1)
    schools: tuple[str, ...] = ()
    reviewed_by: tuple[str, ...] = Field(default=("steward",), min_length=1)
    signed_by: tuple[str, ...] = Field(default=("superintendent", "designee"), min_length=1)

    @field_validator("metrics", mode="before")
    @classmethod
    def _by_id(cls, metrics: Any) -> Any:
        if not isinstance(metrics, list | tuple):
            return metrics
        found = named_metrics(map(str, metrics), rule_table="")
        return METRIC_IDS if ALL_METRICS in found else found

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes_on < self.opens_on:
            raise ValueError(f"it closes on {self.closes_on}, before it opens on {self.opens_on}")
        return self

    def is_open(self, on: date) -> bool:
        """Whether reviews and signatures are taken on that day; the first and the last day count."""
        return self.opens_on <= on <= self.closes_on


class _WindowsFile(_Strict):
    windows: tuple[Window, ...]


def read_windows(path: Path) -> tuple[Window, ...]:
    """The windows that a district has defined; none when there is no file.

    Raises:
        CertificationError: the file is not valid, defines a window twice or names an unknown metric.
    """
    if not path.is_file():
        return ()
    try:
        windows = _WindowsFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).windows
        _check_metrics(windows)
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise CertificationError(f"{path} is not valid: {error}. See docs/guides/certify-figures.md.") from error
    ids = [window.id for window in windows]
    repeated = sorted({one for one in ids if ids.count(one) > 1})
    if repeated:
        raise CertificationError(f"{path} defines {', '.join(repeated)} twice; give each window an id of its own.")
    return windows


def window_named(window_id: str, windows: Sequence[Window], path: Path) -> Window:
    """The window with an id. Raises CertificationError, which names those that there are."""
    for window in windows:
        if window.id == window_id:
            return window
    known = ", ".join(window.id for window in windows) or "none"
    raise CertificationError(f"{path} defines no window '{window_id}' (defined: {known}); add it there.")


def _check_metrics(windows: Sequence[Window]) -> None:
    # Not in the model: a window that was certified may name a metric that has been taken out since.
    for window in windows:
        unknown = sorted(set(window.metrics) - set(METRIC_IDS))
        if unknown:
            raise ValueError(f"window {window.id} names unknown metrics: {', '.join(unknown)}")
