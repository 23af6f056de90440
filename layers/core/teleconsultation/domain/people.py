"""People, as this service and a directory know them. `repr` omits names and ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from teleconsultation.domain.model import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A known person: the profile that was last sent, and the roles in which the provider has a user."""

    external_id: str = field(repr=False)
    groups: tuple[str, ...] = field(repr=False)
    full_name: str = field(repr=False)
    language: str | None = None
    registered_roles: frozenset[Role] = frozenset()
    provider_user_ids: Mapping[Role, str] = field(default_factory=dict, repr=False)
    """Users at the provider that existed before this service and were adopted. In a role that is not here the
    id is derived.
    """
    aliases: frozenset[str] = field(default=frozenset(), repr=False)
    """Other ids by which requests may name the person."""
    looked_up_at: datetime | None = None
    """When the directory was asked last; None if a caller sent the profile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryEntry:
    """A person as a directory knows them."""

    external_id: str = field(repr=False)
    """The id that the person's tokens carry."""
    groups: tuple[str, ...] = field(repr=False)
    full_name: str = field(repr=False)
    language: str | None = None
