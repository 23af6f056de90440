"""What every storage of consents does, whatever it is made of."""

from dataclasses import replace
from datetime import timedelta

from teleconsultation.domain.consent import Consent
from teleconsultation.domain.ports import Consents
from tests.fakes.watch import NOON

VISIT = "0" * 24
ANOTHER_VISIT = "1" * 24
LATER = NOON + timedelta(days=30)
FIRST = Consent(version="2026-11", given_at=NOON)
SECOND = Consent(version="2026-12", given_at=NOON + timedelta(milliseconds=7))
# Adopted users of the provider have ids that are not ours.
ODD_ID = "user:given:1#a.b"


def test_of_a_visit_nobody_agreed_to_anything_at_first(consents: Consents) -> None:
    assert consents.of(VISIT) == {}


def test_a_consent_is_kept_and_the_first_one_stays(consents: Consents) -> None:
    given = consents.give(VISIT, "usr_1", FIRST, expires_at=LATER)
    repeated = consents.give(VISIT, "usr_1", replace(FIRST, given_at=LATER), expires_at=LATER)

    assert (given, repeated) == (FIRST, FIRST)
    assert consents.of(VISIT) == {"usr_1": (FIRST,)}


def test_each_version_of_each_person_of_each_visit_is_one(consents: Consents) -> None:
    consents.give(VISIT, "usr_1", SECOND, expires_at=LATER)
    consents.give(VISIT, "usr_1", FIRST, expires_at=LATER)
    consents.give(VISIT, ODD_ID, FIRST, expires_at=LATER)
    consents.give(ANOTHER_VISIT, "usr_1", FIRST, expires_at=LATER)

    assert consents.of(VISIT) == {"usr_1": (FIRST, SECOND), ODD_ID: (FIRST,)}
    assert consents.of(ANOTHER_VISIT) == {"usr_1": (FIRST,)}


def test_a_person_is_forgotten_and_the_others_are_not(consents: Consents) -> None:
    for user_id in ("usr_1", "usr_10", ODD_ID):
        consents.give(VISIT, user_id, FIRST, expires_at=LATER)
        consents.give(VISIT, user_id, SECOND, expires_at=LATER)

    for _ in range(2):
        consents.forget(VISIT, ["usr_1", "usr_3"])
    consents.forget(VISIT, ["usr_2"])
    consents.forget(VISIT, [])
    consents.forget(ANOTHER_VISIT, ["usr_1"])

    assert consents.of(VISIT) == {"usr_10": (FIRST, SECOND), ODD_ID: (FIRST, SECOND)}
    assert consents.of(ANOTHER_VISIT) == {}


def test_all_users_of_a_person_are_forgotten(consents: Consents) -> None:
    for user_id in ("usr_1", "usr_2", ODD_ID):
        consents.give(VISIT, user_id, FIRST, expires_at=LATER)

    consents.forget(VISIT, {"usr_1", ODD_ID})

    assert consents.of(VISIT) == {"usr_2": (FIRST,)}


def test_who_has_agreed_is_known_of_many_visits(consents: Consents) -> None:
    visits = [f"{number:024x}" for number in range(101)]
    consents.give(visits[0], "usr_1", FIRST, expires_at=LATER)
    consents.give(visits[0], "usr_1", SECOND, expires_at=LATER)
    consents.give(visits[100], "usr_1", FIRST, expires_at=LATER)
    consents.give(visits[100], ODD_ID, FIRST, expires_at=LATER)
    consents.give(visits[50], "usr_1", FIRST, expires_at=LATER)
    consents.forget(visits[50], ["usr_1"])
    consents.give("f" * 24, "usr_1", FIRST, expires_at=LATER)

    givers = consents.givers(visits)

    assert {id_: set(user_ids) for id_, user_ids in givers.items()} == {
        visits[0]: {"usr_1"},
        visits[100]: {"usr_1", ODD_ID},
    }
