"""Answers to the climate survey, and how many were invited and answered: counts that know no student."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered
from tests.end_to_end.source_recount.enrollment import with_levels

TOPICS = ("safety", "belonging", "relationships", "expectations", "voice")


def survey_answers(delivered: Delivered) -> pd.DataFrame:
    """Answers with what the respondents said of themselves, at both scopes."""
    rows = delivered.rows("survey/climate_survey_*.csv")
    answers = rows.melt(
        id_vars=["response_id", "school_year", "school_id", "respondent_type", "grade", "race_ethnicity"],
        value_vars=[f"q_{topic}" for topic in TOPICS],
    ).dropna(subset="value")
    named = pd.DataFrame(
        {
            "survey_response_key": answers["school_year"] + "|" + answers["response_id"],
            "school": answers["school_id"],
            "school_year": answers["school_year"].astype(int),
            "respondent_type": answers["respondent_type"],
            "grade_level": answers["grade"].fillna("unknown"),
            "race_ethnicity": answers["race_ethnicity"].fillna("unknown"),
            "survey_topic": answers["variable"].str.removeprefix("q_"),
            "is_answered": 1,
            "is_favorable": (answers["value"].astype(float) >= 4).astype(int),
        }
    )
    named = with_levels(named, delivered)
    return pd.concat([named.assign(scope="school"), named.assign(scope="district", school="district")])


def survey_responses(delivered: Delivered) -> pd.DataFrame:
    """People invited and responding by school and kind of respondent, at both scopes."""
    keys = ["school_year", "school_id", "respondent_type"]
    given = delivered.rows("survey/climate_survey_*.csv").dropna(subset=[f"q_{topic}" for topic in TOPICS], how="all")
    responded = given.groupby(keys)["response_id"].nunique().rename("answered")
    asked = delivered.rows("survey/survey_invitations_*.csv").astype({"invited": int}).set_index(keys)["invited"]
    counted = pd.concat([asked, responded], axis=1).fillna(0).astype(int).reset_index()
    counted = counted.rename(columns={"school_id": "school"}).astype({"school_year": int})
    # Fewer invitations than answers cannot be, so their number is not known.
    possible = counted["invited"] >= counted["answered"]
    counted["invited"] = counted["invited"].where(possible, 0)
    counted["responded"] = counted["answered"].where(possible, 0)
    counted["responded_uninvited"] = counted["answered"].where(~possible, 0)
    counted = with_levels(counted, delivered)
    return pd.concat([counted.assign(scope="school"), counted.assign(scope="district", school="district")])
