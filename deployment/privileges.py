"""Who may do what in a call: the parameter Privileges."""

import json
from typing import Any, Final

from deployment.errors import DeploymentError

_ROLES: Final = ("basic", "plus")


def check_privileges(text: str, *, default: str) -> None:
    """Refuse what the functions could not read: every booking would fail. `default` has all tools.

    Raises:
        DeploymentError: it says what is wrong, and of which role.
    """
    try:
        configured: Any = json.loads(text)
    except ValueError as error:
        raise DeploymentError(f"Privileges is not JSON: {error}.") from error
    known = json.loads(default)["basic"]["tools"].keys()
    for role in _ROLES:
        privilege: Any = configured.get(role) if isinstance(configured, dict) else None
        groups = privilege.get("groups") if isinstance(privilege, dict) else None
        if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
            raise DeploymentError(
                f'Privileges must have the groups of {role}: {{"{role}": {{"groups": ["..."]}}, ...}}.'
            )
        tools = privilege.get("tools", {})
        if (
            not isinstance(tools, dict)
            or not tools.keys() <= known
            or not all(isinstance(switch, bool) for switch in tools.values())
        ):
            raise DeploymentError(
                f"Privileges: the tools of {role} may be {', '.join(sorted(known))}, each true or false."
            )
