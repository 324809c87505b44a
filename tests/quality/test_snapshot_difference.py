"""What differs between snapshots and frozen versions of a made-up district."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from quality.errors import QualityError
from quality.snapshot_difference import Difference, difference
from tests.quality.certification.certified_district import CertifiedDistrict


@pytest.fixture
def district(tmp_path: Path) -> Iterator[CertifiedDistrict]:
    district = CertifiedDistrict(tmp_path)
    yield district
    district.connection.close()


def published(district: CertifiedDistrict) -> str:
    return str(district.publish().snapshot_id)


def compare(district: CertifiedDistrict, before: str, after: str, limit: int = 100) -> Difference:
    return difference(district.serving, before, after, limit=limit)


def test_nothing_differs_between_a_state_and_itself_or_an_equal_one(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    first, second = district.pointer().snapshot_id, published(district)
    for before, after in ((first, first), (first, second), ("spring@1", "spring@1"), ("spring@1", second)):
        found = compare(district, before, after)
        assert (found.metrics, found.figures, found.figures_total, found.tables or ()) == ((), (), 0, ())
        assert (found.definitions_changed, found.metrics_added, found.metrics_removed) == ((), (), ())


def test_marts_metrics_and_figures_that_differ_are_told(district: CertifiedDistrict) -> None:
    first = published(district)
    district.figure("attendance_rate", 84)
    district.figure("enrollment", 31, school="102")
    second = published(district)
    found = compare(district, first, second, limit=1)
    assert found.tables is not None
    (mart,) = found.tables
    assert (mart.table, mart.rows_before, mart.rows_after) == ("mart_metric_by_group", 12, 13)
    assert [(one.metric_id, one.added, one.changed, one.schools) for one in found.metrics] == [
        ("attendance_rate", 0, 1, ()),
        ("enrollment", 1, 0, ("102",)),
    ]
    assert (len(found.figures), found.figures_total) == (1, 2)
    assert found.figures[0].before is not None
    assert found.figures[0].after is not None
    assert (found.figures[0].before.numerator, found.figures[0].after.numerator) == (80, 84)


def test_against_a_frozen_version_only_its_window_counts(district: CertifiedDistrict) -> None:
    district.certify()
    district.freeze()
    district.figure("attendance_rate", 84)
    district.figure("attendance_rate", 99, year=2025)
    district.figure("dropout_rate", 7)
    second = published(district)
    found = compare(district, "spring@1", second)
    assert found.tables is None
    assert [(one.metric_id, one.school_years) for one in found.metrics] == [("attendance_rate", (2026,))]
    district.restate()
    versions = compare(district, "spring@1", "spring@2")
    assert [one.metric_id for one in versions.metrics] == ["attendance_rate"]
    assert compare(district, "spring@2", second).figures_total == 0


def test_changed_definitions_are_named(district: CertifiedDistrict) -> None:
    def define(unit: str, *others: str) -> None:
        metrics = [{"name": "enrollment", "config": {"meta": {"stocktake": {"unit": unit}}}}]
        metrics += [{"name": name, "config": {"meta": {"stocktake": {"unit": "percent"}}}} for name in others]
        district.manifest.write_text(json.dumps({"metrics": metrics, "semantic_models": []}))

    define("count", "dropout_rate")
    first = published(district)
    define("students", "attendance_rate")
    second = published(district)
    found = compare(district, first, second)
    assert found.definitions_changed == ("enrollment",)
    assert (found.metrics_added, found.metrics_removed) == (("attendance_rate",), ("dropout_rate",))


@pytest.mark.parametrize("name", ["20260101T000000Z-aaaaaa", "spring@2", "fall@1", "../snapshots", "spring@", ""])
def test_what_is_not_there_is_refused(district: CertifiedDistrict, name: str) -> None:
    district.certify()
    district.freeze()
    with pytest.raises(QualityError):
        compare(district, district.pointer().snapshot_id, name)
