"""What the systems count of their own data agrees with the marts to the last student, and holds what depends on it."""

from datetime import UTC, datetime

import duckdb

from orchestration.settings import DBT_PROJECT_DIR
from quality.registry import load_rules, metric_feeds
from quality.rule_evaluation import evaluate_rules
from tests.end_to_end.stocktake import Stocktake


def test_counts_by_school_and_grade_agree_without_any_tolerance(own_district: Stocktake) -> None:
    exact = [
        rule.model_copy(update={"failing_rows": rule.failing_rows.replace(f"greatest(1, {number} * 0.02)", "0")})
        for rule in load_rules()
        for id_, number in (("EN-17", "students"), ("AS-08-ela", "tested"), ("AS-08-math", "tested"))
        if rule.id == id_
    ]
    assert len(exact) == 3
    assert not any("0.02" in rule.failing_rows for rule in exact)
    with duckdb.connect(str(own_district.folder / "warehouse" / "district.duckdb")) as connection:
        results = evaluate_rules(
            connection, exact, stage="marts", run_id="exact", now=datetime.now(UTC),
            reference_dir=DBT_PROJECT_DIR / "seeds",
        )  # fmt: skip
    assert {result.rule_id: result.sample for result in results} == {rule.id: () for rule in exact}
    assert all(result.rows_checked > 15 for result in results)


def test_a_broken_total_holds_exactly_what_depends_on_it(own_district: Stocktake) -> None:
    district = own_district
    control = district.delivered / "control"
    totals = (control / "table_totals.csv").read_text().splitlines()
    (line,) = [line for line in totals if line.startswith("sis_files,discipline,")]
    counted = line.split(",")[4]
    (control / "table_totals.csv").write_text(
        "\n".join(totals).replace(line, line.replace(f",{counted},", f",{int(counted) + 7},")) + "\n"
    )
    summaries = (control / "assessment_summaries.csv").read_text().splitlines()
    (line,) = [one for one in summaries if one.startswith("STATE,2026,MATH,0101,03,") and "9999" not in one]
    *start, tested, proficient, percent = line.split(",")
    fewer = ",".join([*start, tested, str(max(int(proficient) - 3, 0)), percent])
    (control / "assessment_summaries.csv").write_text("\n".join(summaries).replace(line, fewer) + "\n")

    district.run()

    held = {metric: served["held"] for metric, served in district.pointer()["metrics"].items() if served["held"]}
    of_math = {"proficiency_rate_math", "participation_rate_math", "distance_from_standard_math"}
    of_math |= {"scale_score_mean_math", "score_gain_mean_math"}
    assert set(held) == set(metric_feeds()["sis_files__discipline"]) | of_math
    (of_discipline,) = held["oss_rate"]["reasons"]
    assert of_discipline["rule_id"] == "LD-04"
    assert f"discipline.csv has {counted} rows here and {int(counted) + 7} at its source" in of_discipline["reason"]
    (of_results,) = held["proficiency_rate_math"]["reasons"]
    assert of_results["rule_id"] == "AS-08-math"
    assert "school 0101, grade 03, STATE MATH 2026" in of_results["reason"]
    assert of_results["fix"]
