"""Ids derived with a key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.model import Role, new_teleconsultation_id
from teleconsultation.provider.derived_ids import DerivedIds

# The provider takes letters, digits, `.`, `_` and `-`, at most 128 of them.
ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)

ids = DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations")


def test_a_user_id_is_the_same_for_ever() -> None:
    # Written down, because another one would make other users of the same people.
    assert ids.user_id("doctor-1", role=Role.PLUS) == "usr_e0edb9b91a9b5f6ce48ce179a087c21fcdf885cb"
    assert DerivedIds(
        lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations"
    ).user_id("doctor-1", role=Role.PLUS) == ids.user_id("doctor-1", role=Role.PLUS)


@pytest.mark.parametrize(
    "other",
    [
        ids.user_id("doctor-1", role=Role.BASIC),
        ids.user_id("doctor-2", role=Role.PLUS),
        ids.user_id("doctor-1 ", role=Role.PLUS),
        DerivedIds(
            lambda: "another key", table_identity=lambda: "a table", table_name="teleconsultations"
        ).user_id("doctor-1", role=Role.PLUS),
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


def test_an_attempt_is_known_for_whose_it_is() -> None:
    teleconsultation_id = new_teleconsultation_id()

    assert ids.teleconsultation_id(ids.attempt_id(teleconsultation_id)) == (teleconsultation_id, True)


@pytest.mark.parametrize(
    "stranger",
    [
        "",
        "a visit",
        "visit.é",
        "..",
        f"{'0' * 24}.00000000.{'0' * 16}",
        ids.attempt_id("0" * 24)[:-1],
        ids.attempt_id("0" * 24).replace("0", "1", 1),
        DerivedIds(
            lambda: "another key", table_identity=lambda: "a table", table_name="teleconsultations"
        ).attempt_id("0" * 24),
        DerivedIds(
            lambda: "a key", table_identity=lambda: "another table", table_name="teleconsultations"
        ).attempt_id("0" * 24),
    ],
    ids=[
        "nothing",
        "words",
        "not ASCII",
        "dots",
        "no seal",
        "cut",
        "changed",
        "another key",
        "another table",
    ],
)
def test_only_this_deployment_can_have_made_an_attempt_id(stranger: str) -> None:
    assert ids.teleconsultation_id(stranger) is None


def test_deployments_that_share_a_key_share_their_users() -> None:
    another = DerivedIds(
        lambda: "a key", table_identity=lambda: "another table", table_name="teleconsultations"
    )

    assert another.user_id("doctor-1", role=Role.PLUS) == ids.user_id("doctor-1", role=Role.PLUS)


def test_a_seal_of_an_earlier_version_is_known_but_not_certain() -> None:
    """It named the table, and a table of another deployment may have the same name."""
    teleconsultation_id = new_teleconsultation_id()
    earlier = DerivedIds(
        lambda: "a key", table_identity=lambda: "teleconsultations", table_name="teleconsultations"
    )

    read = ids.teleconsultation_id(earlier.attempt_id(teleconsultation_id))

    assert read == (teleconsultation_id, False)


def test_a_restored_table_owns_the_rooms_of_the_tables_it_comes_from() -> None:
    teleconsultation_id = new_teleconsultation_id()
    restored = DerivedIds(
        lambda: "a key",
        table_identity=lambda: "a restored table",
        table_name="restored",
        former_tables=("the first table", "a table"),
    )

    assert restored.teleconsultation_id(ids.attempt_id(teleconsultation_id)) == (teleconsultation_id, True)
    assert ids.teleconsultation_id(restored.attempt_id(teleconsultation_id)) is None
