"""Students whom the state certified are economically disadvantaged in the marts, whoever named them."""

from collections.abc import Callable

from tests.dbt.conftest import BuiltDistrict
from tests.dbt.raw_district import random_district

MODELS = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]


def test_a_certified_student_is_disadvantaged_in_that_year_only(build: Callable[..., BuiltDistrict]) -> None:
    raw = random_district(seed=11, students=30)
    # Nobody is known by forms: only the state's match speaks.
    raw.rows["sis_files__statuses"] = [row for row in raw.rows["sis_files__statuses"] if row["status_type"] != "MEAL"]
    certified = {"student_id": "1001", "certification_type": "SNAP", "certified_on": "2025-09-01"}
    raw.add("direct_certification_files__certifications", **certified)
    raw.add(
        "direct_certification_files__certifications",
        state_student_id="9000002",
        certification_type="FOSTER",
        certified_on="2025-09-01",
    )
    years = build(raw, MODELS).table(
        "(select i.student_number as number, y.* from marts.mart_student_district_year as y "
        "join marts.dim_student as i using (student_key))"
    )
    now = years[years["school_year"] == 2026].set_index("number")
    assert now.loc["1001", "economic_disadvantage"] == "yes"
    assert now.loc["1002", "economic_disadvantage"] == "yes"
    assert set(now.drop(["1001", "1002"])["economic_disadvantage"]) == {"no"}
    assert set(now.loc[["1001", "1002"], "economic_basis"]) == {"direct_certification"}
    before = years[(years["school_year"] == 2025) & years["number"].isin(["1001", "1002"])]
    assert "yes" not in set(before["economic_disadvantage"])
