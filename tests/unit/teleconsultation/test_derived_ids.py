"""Ids derived with a key."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.derived_ids import DerivedIds
from teleconsultation.model import Role, new_teleconsultation_id

# The provider takes letters, digits, `.`, `_` and `-`, at most 128 of them.
ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)

ids = DerivedIds(lambda: "a key")


def test_a_user_id_is_the_same_for_ever() -> None:
    # Written down, because another one would make other users of the same people.
    assert ids.user_id("doctor-1", role=Role.PLUS) == "usr_e0edb9b91a9b5f6ce48ce179a087c21fcdf885cb"
    assert DerivedIds(lambda: "a key").user_id("doctor-1", role=Role.PLUS) == ids.user_id(
        "doctor-1", role=Role.PLUS
    )


@pytest.mark.parametrize(
    "other",
    [
        ids.user_id("doctor-1", role=Role.BASIC),
        ids.user_id("doctor-2", role=Role.PLUS),
        ids.user_id("doctor-1 ", role=Role.PLUS),
        DerivedIds(lambda: "another key").user_id("doctor-1", role=Role.PLUS),
    ],
    ids=["role", "person", "space", "key"],
)
def test_role_person_and_key_all_count(other: str) -> None:
    assert ids.user_id("doctor-1", role=Role.PLUS) != other


@given(external_id=st.text(st.characters(codec="utf-8"), min_size=1), role=st.sampled_from(Role))
def test_any_external_id_becomes_one_the_provider_takes(external_id: str, role: Role) -> None:
    user_id = ids.user_id(external_id, role=role)

    assert ALLOWED.fullmatch(user_id)
    assert len(user_id) == 44


def test_an_attempt_id_leads_back_to_its_teleconsultation() -> None:
    teleconsultation_id = new_teleconsultation_id()

    attempt_id = ids.attempt_id(teleconsultation_id)

    assert attempt_id.split(".")[0] == teleconsultation_id
    assert len(attempt_id) < 128


def test_every_attempt_has_its_own_id() -> None:
    teleconsultation_id = new_teleconsultation_id()

    assert len({ids.attempt_id(teleconsultation_id) for _ in range(100)}) == 100


def test_only_a_holder_of_the_key_can_have_made_an_attempt_id() -> None:
    claim, _, seal = ids.attempt_id(new_teleconsultation_id()).rpartition(".")

    def seal_of(key: bytes) -> str:
        return hmac.new(key, f"attempt\0{claim}".encode(), hashlib.sha256).hexdigest()[:16]

    assert seal == seal_of(b"a key")
    assert seal != seal_of(b"another key")
