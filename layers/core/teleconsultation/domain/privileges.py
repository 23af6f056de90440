"""Which groups make a basic and which a plus user, and which tools each may use in the call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from teleconsultation.domain.model import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Privilege:
    """What the configuration grants one role."""

    groups: frozenset[str]
    tools: Mapping[str, bool]
    """Provider tool name -> switched on; a tool that is not named is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Privileges:
    """The configuration's `privileges`, one entry a role."""

    basic: Privilege
    plus: Privilege

    def role_of(self, groups: Iterable[str]) -> Role | None:
        """Return the highest role any of `groups` gives, or None if no group is configured."""
        mine = set(groups)
        if mine & self.plus.groups:
            return Role.PLUS
        if mine & self.basic.groups:
            return Role.BASIC
        return None

    def tools_of(self, role: Role) -> Mapping[str, bool]:
        """Return the tool switches of a role."""
        return self.plus.tools if role is Role.PLUS else self.basic.tools
