"""Reading a list from a YAML file: values as written, rows by the line on which they begin, clear refusals."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import SourceFormatError
from ingestion.yaml_reader import read_yaml

PLAN = b"""\
# The plan.
goals:
  - goal_id: G1
    title: "Every day: at school"
    begin_year: 2025
    owner_role:

  - {goal_id: G2, begin_year: 007, is_open: yes, on: 2025-09-01}
reviews: []
"""

plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12)


def test_values_stay_as_written_and_rows_are_known_by_their_line() -> None:
    content = read_yaml(PLAN, "plan.yml", "goals", ("goal_id", "title", "end_year"))
    assert content.header == ("goal_id", "title", "end_year", "begin_year", "owner_role", "is_open", "on")
    assert content.rows.to_pylist() == [3, 8]
    first, second = content.table.to_pylist()
    assert (first["title"], first["begin_year"], first["owner_role"]) == ("Every day: at school", "2025", None)
    assert (second["begin_year"], second["is_open"], second["on"]) == ("007", "yes", "2025-09-01")
    assert (second["title"], second["end_year"]) == (None, None)


@pytest.mark.parametrize("section", ["reviews", "measures"])
def test_an_empty_or_absent_list_is_no_rows_with_the_columns_of_the_layout(section: str) -> None:
    content = read_yaml(PLAN, "plan.yml", section, ("review_id",))
    assert (content.header, content.table.num_rows, content.rows.to_pylist()) == (("review_id",), 0, [])


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), plain), max_size=8))
@settings(max_examples=60, deadline=None)
def test_quoted_values_come_back_exactly_as_written(entries: list[dict[str, str]]) -> None:
    text = yaml.safe_dump({"goals": entries}, default_style='"', allow_unicode=True)
    content = read_yaml(text.encode(), "plan.yml", "goals", ("a", "b", "c"))
    assert content.table.to_pylist() == [{key: entry.get(key) for key in ("a", "b", "c")} for entry in entries]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("- goal_id: G1", "lists under keys"),
        ("goals: {goal_id: G1}", "line 1: `goals` must be a list"),
        ("goals:\n  - G1", "line 2: an entry of `goals`"),
        ("goals:\n  - goal_id: G1\n    owners: [a, b]", "line 3: `goals` takes plain values only"),
        ("goals:\n  - goal_id: G1\n    goal_id: G2", "line 3: `goal_id` stands twice"),
        ("goals:\n  - goal_id: G1\ngoals:\n  - goal_id: G2", "line 4: `goals` stands twice"),
        ("goals: [{goal_id: G1}, {goal_id: G2}]", "a line of its own"),
        ("goals:\n  - &a {goal_id: G1}\n  - *a", "a line of its own"),
        ("goals:\n  - goal_id: 'G1\n", "line 3: not valid YAML"),
        ("goals:\n  - title: a: b", "line 2: not valid YAML"),
        ("goals: " + "[" * 5000, "not valid YAML"),
        ("a: 1\n---\nb: 2", "not valid YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(SourceFormatError, match=r"^plan\.yml") as raised:
        read_yaml(text.encode(), "plan.yml", "goals", ("goal_id",))
    assert message in str(raised.value)


def test_text_of_another_encoding_is_refused() -> None:
    with pytest.raises(SourceFormatError, match="not UTF-8"):
        read_yaml("goals:\n  - title: Añil".encode("cp1252"), "plan.yml", "goals", ("title",))
