"""The people who are told about findings, from `people.yml` beside the district file."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from quality.errors import PeopleError, first_problem
from quality.roles import ROLES

Language = Literal["en", "es"]


class Person(BaseModel):
    """One person in one role; who has two roles stands in the list twice.

    Attributes:
        schools: numbers of the schools whose rows a person of a school's role sees.
        email: where mail goes.
        webhook: environment variable that holds the address of a chat's incoming webhook.
        language: of the words around a rule's own text, which is English.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f<>]+$")
    role: str
    schools: list[str] = Field(default_factory=list)
    email: str = Field(default="", pattern=r"^([^@\s<>,;:\"]+@[^@\s<>,;:\"]+)?$")
    webhook: str = ""
    language: Language = "en"

    @property
    def key(self) -> str:
        """By what it is remembered what the person has been told."""
        return f"{self.role}:{self.name}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.role not in ROLES:
            raise ValueError(f"there is no role {self.role}; quality/roles.yml lists them")
        if ROLES[self.role].scope == "school" and not self.schools:
            raise ValueError(f"the role {self.role} is one at a school; list its numbers under schools")
        if ROLES[self.role].scope == "district" and self.schools:
            raise ValueError(f"the role {self.role} is one of the district; leave out schools")
        if not (self.email or self.webhook):
            raise ValueError("give an email, a webhook or both")
        if self.webhook and not self.webhook.replace("_", "").isalnum():
            # The text is not repeated: an address of a webhook is a password.
            raise ValueError("webhook must name the environment variable that holds the address, not be the address")
        return self


def read_people(file: Path) -> tuple[Person, ...]:
    """The people of a file; none when there is no file.

    Raises:
        PeopleError: the list is not valid; the message says who and what.
    """
    if not file.is_file():
        return ()
    try:
        document: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise PeopleError(f"{file.name}{where}: not valid YAML") from error
    entries = (document.get("people") or []) if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise PeopleError(f"{file.name} must have a list under the key `people`")
    people = tuple(_person(entry, number, file.name) for number, entry in enumerate(entries, start=1))
    keys = [person.key for person in people]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise PeopleError(f"{file.name}: listed twice in the same role: {', '.join(repeated)}")
    return people


def _person(entry: Any, number: int, name: str) -> Person:
    try:
        return Person.model_validate(entry)
    except ValidationError as error:
        known = entry.get("name") if isinstance(entry, dict) else None
        problem = first_problem(error)
        if problem.startswith("schools."):
            problem = "schools: put each number in quotes, so that 0101 keeps its zero"
        raise PeopleError(f"{name}: person {known if isinstance(known, str) else number}: {problem}") from error
