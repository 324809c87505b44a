"""The roles that own data and mend it, from `roles.yml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

ROLES_FILE = Path(__file__).parent / "roles.yml"


class Role(BaseModel):
    """One role.

    Attributes:
        scope: whether its people see the rows of their school or of the district.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    scope: Literal["school", "district"]


ROLES: Mapping[str, Role] = {
    name: Role.model_validate(entry)
    for name, entry in yaml.load(ROLES_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader).items()
}

ROLE_IDS = frozenset(ROLES)
