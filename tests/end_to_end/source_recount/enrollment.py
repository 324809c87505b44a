"""Who was where from when to when, and what follows: membership, stability, mobility, and who is expected to test."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year

GRADES = ["PK", "KG", *(f"{number:02d}" for number in range(1, 13))]
RANK = {grade: place - 1 for place, grade in enumerate(GRADES)}
TESTED = ["03", "04", "05", "06", "07", "08", "11"]
STUDENT_YEAR = ["student", "school_year"]
LONGEST_GAP = 10
"""Calendar days out of membership that are neither a move nor an interruption."""


def students(delivered: Delivered) -> pd.DataFrame:
    """Student numbers and state ids by OneRoster's own ids."""
    users = delivered.rows("oneroster/users.csv")
    return pd.DataFrame(
        {
            "user": users["sourcedId"],
            "student": users["identifier"],
            "state_id": users["userIds"].str.extract(r"\{StateID:(\w+)\}")[0],
        }
    )


def homerooms(delivered: Delivered) -> pd.DataFrame:
    """Homeroom classes with their school's number and their grade."""
    classes = delivered.rows("oneroster/classes.csv")
    classes = classes[(classes["classType"] == "homeroom") & classes["grades"].notna()]
    orgs = delivered.rows("oneroster/orgs.csv").set_index("sourcedId")["identifier"]
    return pd.DataFrame(
        {"class": classes["sourcedId"], "school": classes["schoolSourcedId"].map(orgs), "grade": classes["grades"]}
    )


def school_levels(delivered: Delivered) -> pd.Series:
    """Level of each school, by the highest grade of its homerooms."""
    highest = homerooms(delivered).assign(rank=lambda rooms: rooms["grade"].map(RANK)).groupby("school")["rank"].max()
    return highest.map(lambda rank: "elementary" if rank <= 5 else "middle" if rank <= 8 else "high")


def with_levels(rows: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    return rows.assign(school_level=rows["school"].map(school_levels(delivered)).fillna("unknown"))


def calendar(delivered: Delivered) -> pd.DataFrame:
    """School days: school, school_year, day."""
    listed = delivered.rows("sis/calendar.csv")
    taught = listed[listed["day_type"].isin(["instructional", "make_up"])]
    return pd.DataFrame(
        {
            "school": taught["school_id"],
            "school_year": taught["school_year"].astype(int),
            "day": dates(taught["calendar_date"]),
        }
    )


def spells(delivered: Delivered) -> pd.DataFrame:
    """Stays at a school: student, school, school_year, grade, entry, and exit, the last day of membership."""
    rows = delivered.rows("oneroster/enrollments.csv")
    stays = (
        rows[rows["role"] == "student"]
        .merge(homerooms(delivered), left_on="classSourcedId", right_on="class")
        .merge(students(delivered), left_on="userSourcedId", right_on="user")
    )
    stays["entry"] = dates(stays["beginDate"])
    stays["exit"] = dates(stays["endDate"]) - pd.Timedelta(days=1)
    assert stays["exit"].notna().all(), "the sample district ends every enrollment; open ones are not recounted here"
    stays["school_year"] = spring_year(stays["entry"])
    stays = stays[stays["exit"] >= stays["entry"]]
    return _joined(stays[["student", "school", "school_year", "grade", "entry", "exit"]])


def _joined(stays: pd.DataFrame) -> pd.DataFrame:
    """One spell for stays at a school of which each begins by the day after the others end; the latest grade counts."""
    keys = ["student", "school", "school_year"]
    stays = stays.sort_values([*keys, "entry", "exit"], ignore_index=True)
    covered = stays.groupby(keys)["exit"].cummax().groupby([stays[key] for key in keys]).shift()
    stays["spell"] = (~(stays["entry"] <= covered + pd.Timedelta(days=1))).cumsum()
    return stays.groupby([*keys, "spell"], as_index=False).agg(
        grade=("grade", "last"), entry=("entry", "min"), exit=("exit", "max")
    )


def enrollment_measures(stays: pd.DataFrame, school_days: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per student, year and, if it is among `keys`, school."""
    october, april = census_day(stays["school_year"]), _day(stays["school_year"], 4, 15)
    flagged = stays.assign(
        is_enrolled=1,
        is_enrolled_on_census=((stays["entry"] <= october) & (stays["exit"] >= october)).astype(int),
        ela_expected=((stays["entry"] <= april) & (stays["exit"] >= april) & stays["grade"].isin(TESTED)).astype(int),
    ).sort_values(["entry", "exit", "school"])
    counted = flagged.groupby(keys).agg(
        is_enrolled=("is_enrolled", "max"),
        is_enrolled_on_census=("is_enrolled_on_census", "max"),
        ela_expected=("ela_expected", "max"),
        grade_level=("grade", "last"),
        latest_school=("school", "last"),
    )
    counted["math_expected"] = counted["ela_expected"]
    return counted.join(_moves(stays, school_days, keys))


def stability(stays: pd.DataFrame, school_days: pd.DataFrame) -> pd.DataFrame:
    """Per student and year, whichever schools they went to."""
    stays = stays.sort_values([*STUDENT_YEAR, "entry", "exit"], ignore_index=True)
    october = census_day(stays["school_year"])
    closing = school_days.groupby("school_year")["day"].max()
    covered = stays.groupby(STUDENT_YEAR)["exit"].cummax().groupby([stays[key] for key in STUDENT_YEAR]).shift()
    gap = ((stays["entry"] - covered).dt.days - 1).where(stays["entry"] > october, 0).fillna(0)
    counted = stays.assign(
        gap=gap, not_pk=stays["grade"] != "PK", on_census=(stays["entry"] <= october) & (stays["exit"] >= october)
    ).groupby(STUDENT_YEAR, as_index=False).agg(
        gap=("gap", "max"), not_pk=("not_pk", "max"), on_census=("on_census", "max"), exit=("exit", "max")
    )  # fmt: skip
    left = (counted["school_year"].map(closing) - counted["exit"]).dt.days
    stable = counted["not_pk"] & counted["on_census"] & (counted["gap"] <= LONGEST_GAP) & (left <= LONGEST_GAP)
    counted["is_stability_eligible"], counted["is_stable"] = counted["not_pk"].astype(int), stable.astype(int)
    return counted.set_index(STUDENT_YEAR)[["is_stability_eligible", "is_stable"]]


def _moves(stays: pd.DataFrame, school_days: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    ends = school_days.groupby([key for key in keys if key != "student"])["day"].max().rename("closing").reset_index()
    stays = stays.merge(ends).sort_values([*keys, "entry", "exit"], ignore_index=True)
    october = census_day(stays["school_year"])
    groups = [stays[key] for key in keys]
    covered = stays.groupby(keys)["exit"].cummax().groupby(groups).shift()
    anew = covered.isna() | ((stays["entry"] - covered).dt.days - 1 > LONGEST_GAP)
    stays["came"] = anew & (stays["entry"] > october)
    stays["left"] = anew & (covered >= october)
    stays["not_pk"] = stays["grade"] != "PK"
    stays["october"] = october
    counted = stays.groupby(keys).agg(
        came=("came", "sum"), left=("left", "sum"), not_pk=("not_pk", "max"), exit=("exit", "max"),
        october=("october", "max"), closing=("closing", "max"),
    )  # fmt: skip
    for_good = (counted["exit"] >= counted["october"]) & ((counted["closing"] - counted["exit"]).dt.days > LONGEST_GAP)
    came, left = counted["came"], counted["left"] + for_good
    moves = (came + left) * counted["not_pk"]
    status = pd.Series("full_year", counted.index)
    status = status.mask((left > 0) | (counted["exit"] < counted["october"]), "left")
    status = status.mask(came > 0, "entered_late").mask(came + left >= 2, "two_or_more_moves")
    return pd.DataFrame(
        {
            "is_mobility_eligible": counted["not_pk"].astype(int),
            "is_mobile": (moves > 0).astype(int),
            "mobility_moves": moves.astype(int),
            "mobility_status": status,
        }
    )


def census_day(years: pd.Series) -> pd.Series:
    """The first of October of each school year."""
    return _day(years - 1, 10, 1)


def are_among(rows: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Whether the records have the student and year of each row."""
    known = pd.MultiIndex.from_frame(records[STUDENT_YEAR])
    return pd.Series(pd.MultiIndex.from_frame(rows[STUDENT_YEAR]).isin(known), rows.index)


def _day(years: pd.Series, month: int, day: int) -> pd.Series:
    return pd.to_datetime({"year": years, "month": month, "day": day})
