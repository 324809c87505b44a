"""The list of people: what is wrong in it is said in a sentence, without what may be a secret."""

from pathlib import Path

import pytest

from quality.errors import PeopleError
from quality.people import read_people
from quality.roles import ROLES

SAMPLE = Path(__file__).parents[2] / "ingestion" / "sample_district" / "people.yml"


def test_the_sample_district_has_people_of_both_scopes_and_nobody_real() -> None:
    people = read_people(SAMPLE)
    assert {ROLES[person.role].scope for person in people} == {"school", "district"}
    assert all(person.email.endswith("@example.org") for person in people)


def test_without_a_list_there_is_nobody(tmp_path: Path) -> None:
    assert read_people(tmp_path / "people.yml") == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("name: Ada, role: wizard, email: a@example.org", "there is no role wizard"),
        ("name: Ada, role: registrar, email: a@example.org", "list its numbers under schools"),
        ("name: Ada, role: registrar, schools: [0101], email: a@example.org", "put each number in quotes"),
        ('name: Ada, role: data_engineer, schools: ["1"], email: a@example.org', "leave out schools"),
        ("name: Ada, role: data_engineer", "give an email, a webhook or both"),
        ("name: Ada, role: data_engineer, email: nobody", "email: String should match"),
        ('name: Ada, role: data_engineer, email: "a@example.org, b@example.org"', "email: String should match"),
        ("name: Ada, role: data_engineer, webhook: 'https://chat/secret-token'", "must name the environment variable"),
        ("name: Ada, role: data_engineer, email: a@example.org, language: xx", "language: Input should be"),
        ("name: Ada, role: data_engineer, email: a@example.org, phone: 1", "phone: Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, entry: str, message: str) -> None:
    file = tmp_path / "people.yml"
    file.write_text(f"people:\n  - {{{entry}}}\n")
    with pytest.raises(PeopleError, match=message) as refused:
        read_people(file)
    assert "person Ada" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret-token" not in str(refused.value)


@pytest.mark.parametrize("text", ["people: [", "- a", "people: all", "people: [1]"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "people.yml"
    file.write_text(text)
    with pytest.raises(PeopleError, match=r"people\.yml") as refused:
        read_people(file)
    assert "\n" not in str(refused.value)


def test_one_person_has_one_entry_in_a_role(tmp_path: Path) -> None:
    file = tmp_path / "people.yml"
    file.write_text("people:\n" + "  - {name: Ada, role: data_engineer, email: a@example.org}\n" * 2)
    with pytest.raises(PeopleError, match="listed twice in the same role"):
        read_people(file)
