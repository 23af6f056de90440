"""Users of the company: create, read, update, delete.

https://docs.bandyer.com/Bandyer-RESTAPI/ (user)
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.bandyer_simulator.api.company import LANGUAGES
from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request, invalid_value, unknown_user
from local.bandyer_simulator.memory.records import User
from local.bandyer_simulator.memory.state import wire_time

ROLES = ("basic", "plus")
_USER_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SWITCHES = {"1": True, "0": False, "true": True, "false": False}
# Deprecated since 2020 but still in answers: field in a request, attribute, maximum length.
_NAME_FIELDS = (
    ("firstname", "first_name", 32),
    ("lastname", "last_name", 32),
    ("nickname", "nickname", 16),
)


def create_user(call: Call) -> Json:
    """Create a user; the client chooses the id, so a creation can be retried safely."""
    user_id = call.fields.get("id")
    if user_id is None:
        user_id = f"user_{secrets.token_hex(6)}"
    # Choice of code for an invalid id: the vendor documents the rule, but no error.
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        raise invalid_value(
            "user_id_validation_error", message="id: up to 128 letters, digits, '.', '_', '-'"
        )
    if "role" not in call.fields:
        raise invalid_value("role_validation_error", message="role is required")
    values = _validated(call)
    # Choice: ids are case-sensitive; the vendor does not document it.
    if user_id in call.state.users:
        raise invalid_request("user_id_already_exists", message="A user with this id already exists")
    user = User(
        id=user_id,
        role=values["role"],
        can_video=values.get("can_video", True),
        language=values.get("language", call.state.company.default_language),
        created_at=call.state.clock(),
        **{name: values[name] for name in ("first_name", "last_name", "nickname", "email") if name in values},
    )
    call.state.users[user_id] = user
    # Choice: the outer id equals the inner one; they differ in the vendor's sample.
    return {"user": _created(user), "id": user_id}


def get_user(call: Call) -> Json:
    """Return one user with all fields."""
    return {"user": _details(_known(call))}


def list_users(call: Call) -> Json:
    """Return all ids, oldest first (choice), without paging."""
    return {"user_id_list": list(call.state.users)}


def update_user(call: Call) -> Json:
    """Change the fields sent. Choice: the role too, as in the vendor's table and sample, against its text."""
    user = replace(_known(call), **_validated(call))
    call.state.users[user.id] = user
    return {"user": {**_details(user), "active": True}}


def delete_user(call: Call) -> Json:
    """Delete a user. Choices: an unknown one is 400 `invalid_user_id`; links are revoked, rooms stay."""
    user = _known(call)
    del call.state.users[user.id]
    call.state.revoked_tokens.update(
        token for token, (_, user_id) in call.state.link_tokens.items() if user_id == user.id
    )
    return {"id": user.id, "message": "user deleted"}


def _known(call: Call) -> User:
    user = call.state.users.get(call.path["user_id"])
    if user is None:
        raise unknown_user()
    return user


def _validated(call: Call) -> Json:
    """Return the requested changes by attribute; all codes but those of role and email are choices."""
    fields = call.fields
    values: Json = {}
    if "role" in fields:
        if fields["role"] not in ROLES:
            raise invalid_value("role_validation_error", message="role must be basic or plus")
        values["role"] = fields["role"]
    if "can_video" in fields:
        values["can_video"] = _switch(fields["can_video"])
    if "language" in fields:
        if fields["language"] not in LANGUAGES:
            raise invalid_value("invalid_language", message=f"language must be one of {', '.join(LANGUAGES)}")
        values["language"] = fields["language"]
    return values | _names(fields)


def _names(fields: Mapping[str, Any]) -> Json:
    values: Json = {}
    for field, attribute, longest in _NAME_FIELDS:
        value = fields.get(field)
        if value is not None:
            if not isinstance(value, str) or len(value) > longest:
                raise invalid_value(
                    f"{field}_validation_error", message=f"{field}: at most {longest} characters"
                )
            values[attribute] = value
    email = fields.get("email")
    if email is not None:
        if not isinstance(email, str) or "@" not in email:
            raise invalid_value("email_validation_error", message="email is not valid")
        values["email"] = email
    return values


def _switch(value: object) -> bool:
    switch = _SWITCHES.get(str(value).lower())
    if switch is None:
        raise invalid_value("can_video_validation_error", message="can_video must be 1 or 0")
    return switch


def _created(user: User) -> Json:
    return {
        "id": user.id,
        "role": user.role,
        "can_video": user.can_video,
        "language": user.language,
        "creation_date": wire_time(user.created_at),
    }


def _details(user: User) -> Json:
    return {
        **_created(user),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "nickname": user.nickname,
        "email": user.email,
    }


ENDPOINTS = (
    Endpoint("POST", "/user/create", create_user),
    Endpoint("PUT", "/user/update/{user_id}", update_user),
    Endpoint("DELETE", "/user/delete/{user_id}", delete_user),
    Endpoint("GET", "/user/list", list_users),
    Endpoint("GET", "/user/list/{user_id}", get_user),
)
