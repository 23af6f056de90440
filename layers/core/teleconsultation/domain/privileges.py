"""Which groups give which role, and which tools each role may use in the call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from teleconsultation.domain.model import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Privilege:
    """The groups and tools of one role, as configured."""

    groups: frozenset[str]
    tools: Mapping[str, bool]
    """Provider's tool name -> switched on; a tool that is not listed is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Privileges:
    """The configured privileges, one entry for each role."""

    basic: Privilege
    plus: Privilege

    def role_of(self, groups: Iterable[str]) -> Role | None:
        """Return the highest role that any of `groups` gives, or None if none is configured."""
        mine = set(groups)
        if mine & self.plus.groups:
            return Role.PLUS
        if mine & self.basic.groups:
            return Role.BASIC
        return None

    def tools_of(self, role: Role) -> Mapping[str, bool]:
        """Return the tool switches of a role."""
        return self.plus.tools if role is Role.PLUS else self.basic.tools
