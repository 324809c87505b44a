"""Which version of the rules judged the data: a hash of all of them."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache

from quality.registry import Rule, load_rules


def rule_set_hash(rules: Iterable[Rule]) -> str:
    """SHA-256 of what the rules judge and how severely, whatever their order."""
    written = sorted(json.dumps(rule.model_dump(mode="json"), sort_keys=True) for rule in rules)
    return hashlib.sha256("\n".join(written).encode()).hexdigest()


@cache
def current_rule_set() -> str:
    """The hash of the rules in this installation."""
    return rule_set_hash(load_rules())
