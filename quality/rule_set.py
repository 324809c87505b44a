"""Which version of the rules judges the data."""

from functools import cache

from quality.registry import load_rules, rule_set_version


@cache
def current_rule_set() -> str:
    """The version of the rules in this installation."""
    return rule_set_version(load_rules())
