"""What must be found in the climate survey: favourable answers of all answers, counted from the clean arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingestion.sample_district.arrays import Ints
from ingestion.sample_district.invitations import Invitations
from ingestion.sample_district.population import GRADE_CODES, RACE_GROUPS, RACE_UNKNOWN
from ingestion.sample_district.schools import LEVEL_NAMES, Schools
from ingestion.sample_district.survey import ITEMS, NOT_ASKED, RESPONDENTS, SurveyAnswers
from ingestion.sample_district.truth import Expected
from ingestion.sample_district.truth_feeds import FAVOURABLE
from ingestion.sample_district.truth_rates import rates_by_member

TOPICS = tuple(item.removeprefix("q_") for item in ITEMS)
UNKNOWN_GRADE = len(GRADE_CODES)


def expected_responses(schools: Schools, answers: SurveyAnswers, invitations: Invitations) -> list[Expected]:
    """Count one year's respondents, who answered at least one item, of those who were invited."""
    answered = (answers.answers > 0).any(axis=1)
    given = np.zeros_like(invitations.invited)
    np.add.at(given, (answers.schools[answered], answers.respondent[answered]), 1)
    school, respondent = np.nonzero(invitations.invited)
    upper, lower = (counts[school, respondent].astype(np.float64) for counts in (given, invitations.invited))
    nowhere = np.zeros(len(school), dtype=np.int64)
    figures: list[Expected] = []
    for scope, dimension, members, names in (
        ("district", None, nowhere, (None,)),
        ("district", "respondent_type", respondent, RESPONDENTS),
        ("school", "school", school, schools.numbers),
    ):
        figures += rates_by_member(
            "survey_response_rate", answers.school_year, scope, dimension, members, names, upper, lower
        )
    return figures


def expected_climate(schools: Schools, answers: SurveyAnswers) -> list[Expected]:
    """Count one year's answers at both scopes, in total and for each member of each dimension."""
    response, item = np.nonzero(answers.answers > 0)
    favourable = (answers.answers[response, item] >= FAVOURABLE).astype(np.float64)
    grade = np.where(answers.grade == NOT_ASKED, UNKNOWN_GRADE, answers.grade + 1)[response]
    race = np.where(answers.race == NOT_ASKED, RACE_UNKNOWN, answers.race)[response]
    school = answers.schools[response]
    lenses: dict[str, tuple[Ints, tuple[str, ...]]] = {
        "school_level": (schools.levels[school], LEVEL_NAMES),
        "grade_level": (grade, (*GRADE_CODES, "unknown")),
        "race_ethnicity": (race, RACE_GROUPS),
        "respondent_type": (answers.respondent[response], RESPONDENTS),
        "survey_topic": (item, TOPICS),
    }
    everything: tuple[Ints, tuple[str | None, ...]] = (np.zeros(len(response), dtype=np.int64), (None,))
    wanted: list[tuple[str, str | None, tuple[Ints, Sequence[str | None]]]] = [
        ("district", None, everything),
        *(("district", dimension, lens) for dimension, lens in lenses.items()),
        ("school", None, everything),
        ("school", "school", (school, schools.numbers)),
    ]
    given = np.ones(len(response))
    return [
        figure
        for scope, dimension, (members, names) in wanted
        for figure in rates_by_member(
            "climate_favorability", answers.school_year, scope, dimension, members, names, favourable, given
        )
    ]
