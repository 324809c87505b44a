"""What must be found in the climate survey: favourable answers of all answers, counted from the clean arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingestion.sample_district.arrays import Ints
from ingestion.sample_district.population import GRADE_CODES, RACE_GROUPS, RACE_UNKNOWN
from ingestion.sample_district.schools import LEVEL_NAMES, Schools
from ingestion.sample_district.survey import ITEMS, NOT_ASKED, RESPONDENTS, SurveyAnswers
from ingestion.sample_district.truth import Expected
from ingestion.sample_district.truth_feeds import FAVOURABLE

TOPICS = tuple(item.removeprefix("q_") for item in ITEMS)
UNKNOWN_GRADE = len(GRADE_CODES)


def expected_climate(schools: Schools, answers: SurveyAnswers) -> list[Expected]:
    """Count one year's answers at both scopes, in total and for each member of each dimension."""
    response, item = np.nonzero(answers.answers > 0)
    favourable = (answers.answers[response, item] >= FAVOURABLE).astype(np.int64)
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
    everything: tuple[Ints, tuple[None, ...]] = (np.zeros(len(response), dtype=np.int64), (None,))
    return [
        *_figures(answers.school_year, "district", None, *everything, favourable),
        *(
            figure
            for dimension, (members, names) in lenses.items()
            for figure in _figures(answers.school_year, "district", dimension, members, names, favourable)
        ),
        *_figures(answers.school_year, "school", None, *everything, favourable),
        *_figures(answers.school_year, "school", "school", school, schools.numbers, favourable),
    ]


def _figures(
    school_year: int,
    scope: str,
    dimension: str | None,
    members: Ints,
    names: tuple[str | None, ...],
    favourable: Ints,
) -> Iterator[Expected]:
    given = np.bincount(members, minlength=len(names))
    upper = np.bincount(members, weights=favourable, minlength=len(names))
    for position in np.flatnonzero(given):
        yield Expected(
            metric="climate_favorability",
            school_year=school_year,
            scope=scope,
            dimension=dimension,
            member=names[position],
            numerator=int(upper[position]),
            denominator=int(given[position]),
        )
