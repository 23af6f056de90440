"""Roles and tools from groups."""

import pytest

from teleconsultation.domain.model import Role
from teleconsultation.domain.privileges import Privilege, Privileges

PRIVILEGES = Privileges(
    basic=Privilege(groups=frozenset({"patient", "relative"}), tools={"chat": True}),
    plus=Privilege(groups=frozenset({"doctor", "nurse"}), tools={"chat": False}),
)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["patient"], Role.BASIC),
        (["nurse"], Role.PLUS),
        (["patient", "doctor"], Role.PLUS),
        (["doctor", "patient"], Role.PLUS),
        (["visitor", "relative"], Role.BASIC),
        (["visitor"], None),
        (["Doctor"], None),
        ([], None),
    ],
    ids=str,
)
def test_the_highest_role_of_the_groups_wins(groups: list[str], role: Role | None) -> None:
    assert PRIVILEGES.role_of(groups) is role


def test_a_group_of_both_roles_is_plus() -> None:
    both = Privilege(groups=frozenset({"staff"}), tools={})

    privileges = Privileges(basic=both, plus=both)

    assert privileges.role_of(["staff"]) is Role.PLUS


@pytest.mark.parametrize(("role", "chat"), [(Role.BASIC, True), (Role.PLUS, False)])
def test_each_role_has_its_own_tools(role: Role, chat: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert PRIVILEGES.tools_of(role) == {"chat": chat}
