"""The sample's growth file: percentiles of who has a score of both years, spread evenly, and true to the scores."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ingestion.sample_district.assessments import NO_SCORE, VALID, Results
from ingestion.sample_district.generate import generate_sample_district
from ingestion.sample_district.growth import NO_PERCENTILE, Growth, growth_of

YEARS = (2024, 2025, 2026)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean district of three years, large enough to look at the spread."""
    target = tmp_path_factory.mktemp("growth") / "delivered"
    generate_sample_district(target, students=2000, schools=6, years=3, dirty_rate=0)
    return target


def read(district: Path, name: str) -> pd.DataFrame:
    files = sorted(district.glob(name))
    return pd.concat([pd.read_csv(file, dtype=str, keep_default_na=False) for file in files], ignore_index=True)


@pytest.fixture(scope="module")
def growth(district: Path) -> pd.DataFrame:
    return read(district, "growth/*.csv")


def scored(district: Path, later: int = 0) -> dict[tuple[str, str, int], str]:
    """Level by state id, subject and year, of valid results."""
    rows = read(district, "assessment/state_assessment_*.csv").query("test_status == 'VALID'")
    years = rows["admin_year"].astype(int) + later
    return dict(zip(zip(rows["ssid"], rows["subject"], years, strict=True), rows["performance_level"], strict=True))


def test_only_who_has_a_score_of_both_years_has_a_percentile(district: Path, growth: pd.DataFrame) -> None:
    now, before = scored(district), scored(district, later=1)
    keys = list(zip(growth["ssid"], growth["subject"], growth["admin_year"].astype(int), strict=True))
    assert len(set(keys)) == len(keys)
    assert set(keys) == {key for key in now if key[2] > YEARS[0]}, "the first year has no growth file"
    with_percentile = {key for key, percentile in zip(keys, growth["sgp"], strict=True) if percentile}
    assert with_percentile == now.keys() & before.keys()
    assert 0 < len(with_percentile) < len(keys)
    stated = dict(zip(keys, growth["prior_performance_level"], strict=True))
    assert {key: level for key, level in stated.items() if level} == {key: before[key] for key in with_percentile}


def test_percentiles_spread_evenly_against_the_norm(growth: pd.DataFrame) -> None:
    percentiles = growth.loc[growth["sgp"] != "", "sgp"].astype(int)
    assert percentiles.between(1, 99).all()
    tenths = np.bincount(percentiles // 10, minlength=10) / len(percentiles)
    assert tenths.min() > 0.06
    assert tenths.max() < 0.14
    assert 45 < percentiles.mean() < 55


def test_a_target_is_missing_with_the_last_test_that_follows_another(growth: pd.DataFrame) -> None:
    known = growth[growth["sgp"] != ""]
    # Whoever repeats grade 11 has a percentile, too, and nothing ahead.
    assert {"08"} <= set(known.loc[known["agp"] == "", "grade"]) <= {"08", "11"}
    assert not set(growth.loc[growth["sgp"] == "", "agp"]) - {""}


def test_truth_counts_the_file(district: Path, growth: pd.DataFrame) -> None:
    expected: list[dict[str, Any]] = json.loads((district / "truth.json").read_text())["expected"]
    figures = {
        (row["metric"], row["school_year"]): (row["numerator"], row["denominator"])
        for row in expected
        if row["scope"] == "district" and row["dimension"] is None
    }
    for year in YEARS[1:]:
        for subject in ("ELA", "MATH"):
            own = growth[(growth["admin_year"] == str(year)) & (growth["subject"] == subject) & (growth["sgp"] != "")]
            sgp = own["sgp"].astype(int)
            name = subject.lower()
            assert figures[f"sgp_mean_{name}", year] == (sgp.sum(), len(sgp))
            assert figures[f"low_growth_rate_{name}", year] == ((sgp < 35).sum(), len(sgp))
            assert figures[f"high_growth_rate_{name}", year] == ((sgp > 65).sum(), len(sgp))
            targeted = own[own["agp"] != ""]
            enough = targeted["sgp"].astype(int) >= targeted["agp"].astype(int)
            above = targeted["prior_performance_level"].isin(["3", "4"])
            assert figures[f"catch_up_rate_{name}", year] == (enough[~above].sum(), (~above).sum())
            assert figures[f"keep_up_rate_{name}", year] == (enough[above].sum(), above.sum())
    assert not any(metric.startswith(("sgp", "catch_up")) and year == YEARS[0] for metric, year in figures)


def one_result(year: int, grade: int, score: int, level: int) -> Results:
    """The ELA result of one person."""
    whole = {name: np.array([value], dtype=np.int64) for name, value in (("grade", grade), ("score", score))}
    zero = np.zeros(1, dtype=np.int64)
    return Results(
        year, zero, zero, zero, whole["grade"], whole["score"], np.array([level]), zero + VALID, zero + year * 365
    )


@pytest.mark.parametrize(
    ("before", "now", "catches_up_or_keeps_up"),
    [
        # ELA: Met is 2432 in grade 3 and 2454 in grade 4. Sixty below: forty below is a third of the way.
        ((3, 2372, 2), (4, 2414, 2), True),
        ((3, 2372, 2), (4, 2404, 2), False),
        # Sixty above: at Met is enough to stay.
        ((3, 2492, 4), (4, 2456, 3), True),
        ((3, 2492, 4), (4, 2444, 2), False),
    ],
)
def test_growth_is_adequate_when_it_leads_to_the_standard_in_time_or_keeps_it(
    before: tuple[int, int, int], now: tuple[int, int, int], catches_up_or_keeps_up: bool
) -> None:
    found = growth_of(one_result(2026, *now), one_result(2025, *before), 1)
    assert found.prior_level.tolist() == [before[2]]
    assert bool(found.sgp[0] >= found.agp[0]) is catches_up_or_keeps_up


def test_who_was_not_tested_in_one_of_the_years_has_no_percentile() -> None:
    absent = one_result(2025, 3, NO_SCORE, 0)
    (sgp,) = growth_of(one_result(2026, 4, 2454, 3), absent, 1).sgp
    assert sgp == NO_PERCENTILE
    assert len(growth_of(one_result(2026, 4, NO_SCORE, 0), absent, 1)) == 0
    first: Growth = growth_of(one_result(2024, 3, 2432, 3), None, 1)
    assert len(first) == 0
