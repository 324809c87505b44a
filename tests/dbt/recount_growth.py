"""Growth percentiles counted again, row by row in plain Python, straight from the raw rows."""

from tests.dbt.raw_district import RawDistrict

Row = dict[str, object]


def growth(district: RawDistrict, state_id: str, school: str | None, year: int, expected: dict[str, object]) -> Row:
    """Counts of a student's year; `school` is None in scope district, `expected` says by subject who is to test."""
    counted: Row = {}
    for subject in ("ELA", "MATH"):
        name = subject.lower()
        sent = [
            row
            for row in district.rows["growth_files__percentiles"]
            if row["subject"] == subject and int(row["school_year"][-4:]) == year and row.get("growth_percentile")
        ]
        own = [row for row in sent if row["state_student_id"] == state_id and school in (None, row["school_id"])]
        percentiles = [int(row["growth_percentile"]) for row in own]
        counts: dict[str, object] = {
            "sgp_known": len(own),
            "low_growth": sum(percentile < 35 for percentile in percentiles),
            "high_growth": sum(percentile > 65 for percentile in percentiles),
            **_goal("catch_up", own, proficient=False),
            **_goal("keep_up", own, proficient=True),
        }
        if not sent:
            counts = {part: expected[subject] if part.endswith("_unknown") else None for part in counts}
        counts["sgp_points"] = float(percentiles[0]) if percentiles else None
        counts["sgp_unknown"] = 0 if sent else expected[subject]
        counted |= {f"{name}_{part}": count for part, count in counts.items()}
    return counted


def _goal(goal: str, own: list[dict[str, str]], *, proficient: bool) -> dict[str, object]:
    """Who is to reach a goal, who does, and of whom it cannot be told."""
    eligible = reached = unknown = 0
    for row in own:
        before = _was_proficient(row)
        if before is (not proficient):
            continue
        if before is None or not row.get("adequate_percentile"):
            unknown += 1
            continue
        eligible += 1
        reached += int(row["growth_percentile"]) >= int(row["adequate_percentile"])
    return {f"{goal}_eligible": eligible, f"{goal}_reached": reached, f"{goal}_unknown": unknown}


def _was_proficient(row: dict[str, str]) -> bool | None:
    if row.get("prior_proficient"):
        return row["prior_proficient"] == "Yes"
    level = row.get("prior_performance_level", "").removeprefix("Level ")
    return int(level) >= 3 if level else None
