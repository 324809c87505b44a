"""The district's certification_windows.yml: metrics by id or family, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from quality.certification.windows import read_windows, window_named
from quality.errors import CertificationError
from quality.registry import METRIC_IDS

WINDOW = """
windows:
  - id: fall
    title: Fall census
    school_year: 2026
    opens_on: 2025-10-01
    closes_on: 2025-11-30
    metrics: [enrollment_census, "family:attendance"]
"""


def store(folder: Path, text: str) -> Path:
    path = folder / "certification_windows.yml"
    path.write_text(text)
    return path


def test_families_become_their_metrics(tmp_path: Path) -> None:
    (window,) = read_windows(store(tmp_path, WINDOW))
    assert {"enrollment_census", "attendance_rate", "chronic_absence_rate"} <= set(window.metrics)
    assert "oss_rate" not in window.metrics
    assert (window.schools, window.reviewed_by, window.signed_by) == ((), ("steward",), ("superintendent", "designee"))
    (everything,) = read_windows(store(tmp_path, WINDOW.replace('enrollment_census, "family:attendance"', '"*"')))
    assert everything.metrics == METRIC_IDS


def test_the_first_and_the_last_day_count(tmp_path: Path) -> None:
    (window,) = read_windows(store(tmp_path, WINDOW))
    days = [date(2025, 9, 30), date(2025, 10, 1), date(2025, 11, 30), date(2025, 12, 1)]
    assert [window.is_open(day) for day in days] == [False, True, True, False]


def test_a_district_without_the_file_has_no_windows(tmp_path: Path) -> None:
    path = tmp_path / "certification_windows.yml"
    assert read_windows(path) == ()
    with pytest.raises(CertificationError, match=r"defines no window 'fall' \(defined: none\)"):
        window_named("fall", (), path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (WINDOW.replace("enrollment_census", "enrolment"), "enrolment"),
        (WINDOW.replace("family:attendance", "family:weather"), "family:weather"),
        (WINDOW.replace("closes_on: 2025-11-30", "closes_on: 2025-09-30"), "before it opens"),
        (WINDOW.replace("id: fall", "id: ../fall"), "id"),
        (WINDOW.replace("title:", "name:"), "name"),
        (WINDOW + WINDOW.replace("windows:\n", ""), "twice"),
        ("windows: [", "not valid"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, wrong: str, told: str) -> None:
    with pytest.raises(CertificationError, match=told):
        read_windows(store(tmp_path, wrong))
