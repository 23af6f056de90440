"""A join link's life: given, kept, renewed, ended; and what it opens."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from teleconsultation.domain.door import State
from teleconsultation.domain.errors import (
    FieldError,
    InvalidRequestError,
    NotAParticipantError,
    ProviderUnavailableError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    UnknownParticipantError,
)
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.edge.invitations import invitations
from tests.fakes.effects import failing
from tests.fakes.samples import DOOR, END, START, doctor, patient
from tests.fakes.service import Service

THREE = (doctor(), patient(), patient("patient-2"))


@pytest.fixture
def created(service: Service) -> Teleconsultation:
    return service.create()


@pytest.fixture
def given(service: Service, created: Teleconsultation) -> dict[str, str]:
    """The secrets as the booking system was told them at first."""
    return service.secrets(created.id)


def is_refused(service: Service, created: Teleconsultation, secret: str) -> bool:
    try:
        service.join(created.id, secret)
    except NotAParticipantError:
        return True
    return False


class TestInvitations:
    def test_everybody_gets_a_link_of_their_own_to_the_same_page(self, service: Service) -> None:
        created = service.create()

        body = invitations(created, page_base_url="https://visits.example", join_secrets=service.join_secrets)

        page = f"https://visits.example/teleconsultation/{created.id}"
        secrets = service.secrets(created.id)
        assert body == {
            "roomId": created.id,
            "teleconsultationUrl": page,
            "reference": None,
            "metadata": {},
            "participants": [
                {"userExternalId": "doctor-1", "joinUrl": f"{page}#j={secrets['doctor-1']}"},
                {"userExternalId": "patient-1", "joinUrl": f"{page}#j={secrets['patient-1']}"},
            ],
        }
        assert secrets["doctor-1"] != secrets["patient-1"]

    def test_who_is_named_so_far_is_told(self, service: Service) -> None:
        created = service.create((patient(),), number=2)

        assert service.secrets(created.id).keys() == {"patient-1"}

    def test_while_switched_off_there_are_none(self, service: Service, created: Teleconsultation) -> None:
        body = invitations(created, page_base_url="https://visits.example", join_secrets=None)

        assert "participants" not in body

    def test_who_has_no_pass_yet_is_left_out(self, service: Service) -> None:
        join_secrets, service.join_secrets = service.join_secrets, None
        created = service.create()

        body = invitations(created, page_base_url="https://visits.example", join_secrets=join_secrets)

        assert body["participants"] == []


class TestJoining:
    @pytest.mark.parametrize("user_id", ["doctor-1", "patient-1"])
    def test_a_secret_makes_its_owner_of_whoever_has_it(
        self, service: Service, created: Teleconsultation, given: dict[str, str], user_id: str
    ) -> None:
        service.clock.now = START

        assert service.join(created.id, given[user_id]) == service.read(created.id, user_id=user_id)
        assert service.join(created.id, given[user_id]).access_link is not None

    @pytest.mark.parametrize(
        ("now", "state"),
        [(START - timedelta(days=9), State.SCHEDULED), (END + timedelta(days=9), State.ENDED)],
        ids=["long before", "long after"],
    )
    def test_it_is_valid_for_life_and_the_door_decides_when(
        self,
        service: Service,
        created: Teleconsultation,
        given: dict[str, str],
        now: datetime,
        state: State,
    ) -> None:
        service.clock.now = now

        call = service.join(created.id, given["patient-1"])

        assert (call.state, call.access_link) == (state, None)

    @pytest.mark.parametrize("secret", ["", "wrong", "x" * 32, "patient-1", "é", "\0"], ids=repr)
    def test_a_wrong_secret_is_refused(
        self, service: Service, created: Teleconsultation, secret: str
    ) -> None:
        with pytest.raises(NotAParticipantError):
            service.join(created.id, secret)

    def test_it_opens_no_other_teleconsultation_of_the_same_people(
        self, service: Service, given: dict[str, str]
    ) -> None:
        other = service.create()

        assert all(is_refused(service, other, secret) for secret in given.values())

    @pytest.mark.parametrize("teleconsultation_id", ["0" * 24, "nonsense", ""], ids=repr)
    def test_where_there_is_nothing_it_is_refused_as_a_wrong_one_is(
        self, service: Service, given: dict[str, str], teleconsultation_id: str
    ) -> None:
        for secret in (given["patient-1"], "wrong"):
            with pytest.raises(NotAParticipantError):
                service.join(teleconsultation_id, secret)

    def test_a_creation_that_was_never_finished_is_refused_too(self, service: Service) -> None:
        service.effects.after("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))
        with pytest.raises(ProviderUnavailableError):
            service.create()
        [intent] = service.teleconsultations.everything()

        assert is_refused(service, intent, service.secrets(intent.id)["patient-1"])

    def test_after_the_deletion_its_holder_is_told_and_nobody_else(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.delete(created.id)

        with pytest.raises(TeleconsultationDeletedError):
            service.join(created.id, given["patient-1"])
        with pytest.raises(NotAParticipantError):
            service.join(created.id, "wrong")

    def test_a_storage_that_fails_is_not_taken_for_a_wrong_link(
        self, service: Service, created: Teleconsultation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def get(_: str) -> Teleconsultation:
            raise StorageUnavailableError("down")

        monkeypatch.setattr(service.teleconsultations, "get", get)

        with pytest.raises(StorageUnavailableError):
            service.join(created.id, "wrong")

    def test_everybodys_pass_is_looked_at_whoever_matches(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        created = service.create(THREE)
        secrets = service.secrets(created.id)
        looked_at: list[str] = []
        compare = hmac.compare_digest

        def compare_digest(kept: str, given: str) -> bool:
            looked_at.append(kept)
            return compare(kept, given)

        monkeypatch.setattr("teleconsultation.domain.join_secrets.hmac.compare_digest", compare_digest)

        for secret in secrets.values():
            looked_at.clear()
            service.join(created.id, secret)
            assert looked_at == [
                person.join_pass and person.join_pass.digest for person in created.participants
            ]

    def test_opening_it_has_no_effect(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.effects.forget()

        for _ in range(100):
            service.join(created.id, given["patient-1"])

        assert service.effects.log == []
        assert service.stored(created.id) == created

    def test_printing_what_it_opens_does_not_show_it(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        call = service.join(created.id, given["patient-1"])

        assert given["patient-1"] not in repr(call)


class TestKeeping:
    @pytest.mark.parametrize(
        "change",
        [
            lambda service, it: service.update(it.id, start_date=START + timedelta(days=1)),
            lambda service, it: service.update(it.id, duration_seconds=1800),
            lambda service, it: service.update(it.id, number=3),
            lambda service, it: service.update(it.id, invitees=(patient(full_name="Joe Rossi"), doctor())),
            lambda service, it: service.update(it.id, number=3, invitees=THREE),
        ],
        ids=["date", "another room", "one more expected", "name and order", "one more"],
    )
    def test_who_stays_keeps_their_link(
        self,
        service: Service,
        created: Teleconsultation,
        given: dict[str, str],
        change: Callable[[Service, Teleconsultation], Teleconsultation],
    ) -> None:
        change(service, created)

        assert given.items() <= service.secrets(created.id).items()
        for user_id, secret in given.items():
            me = service.join(created.id, secret).participant
            assert me is not None
            assert me.external_id == user_id

    def test_who_is_added_gets_one(self, service: Service, created: Teleconsultation) -> None:
        service.update(created.id, number=3, invitees=THREE)

        secret = service.secrets(created.id)["patient-2"]
        me = service.join(created.id, secret).participant
        assert me is not None
        assert me.external_id == "patient-2"

    def test_a_change_that_changes_nothing_keeps_all_and_writes_nothing(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.effects.forget()

        unchanged = service.update(created.id, invitees=(doctor(), patient()))

        assert unchanged == created
        assert service.effects.log == []
        assert service.secrets(created.id) == given

    def test_a_change_that_fails_keeps_them(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.effects.before("create_room", failing(ProviderUnavailableError()))
        with pytest.raises(ProviderUnavailableError):
            service.update(created.id, duration_seconds=7200, renew_join_links=("patient-1",))

        assert service.secrets(created.id) == given

    def test_one_made_before_join_links_were_gets_them_with_its_next_change(self, service: Service) -> None:
        join_secrets, service.join_secrets = service.join_secrets, None
        created = service.create()
        service.join_secrets = join_secrets

        service.update(created.id, number=2)

        assert service.secrets(created.id).keys() == {"doctor-1", "patient-1"}


class TestRemoval:
    def test_who_is_taken_off_the_list_is_refused_and_the_others_are_not(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.update(created.id, invitees=(doctor(), patient("patient-2")))

        assert is_refused(service, created, given["patient-1"])
        assert not is_refused(service, created, given["doctor-1"])

    def test_who_comes_back_gets_another_link_and_the_old_one_stays_dead(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.update(created.id, invitees=(doctor(), patient("patient-2")))

        service.update(created.id, invitees=(doctor(), patient()))

        again = service.secrets(created.id)["patient-1"]
        assert is_refused(service, created, given["patient-1"])
        assert again != given["patient-1"]
        assert not is_refused(service, created, again)


class TestRenewal:
    def test_the_old_link_ends_the_new_one_works_and_nobody_elses_changes(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        renewed = service.update(created.id, renew_join_links=("patient-1",))

        new = service.secrets(created.id)
        assert is_refused(service, created, given["patient-1"])
        assert not is_refused(service, created, new["patient-1"])
        assert new["doctor-1"] == given["doctor-1"]
        assert renewed.version == created.version + 1

    def test_until_the_door_opens_it_keeps_the_room_even_when_edits_are_closed(
        self, service: Service, created: Teleconsultation
    ) -> None:
        service.clock.now = START - timedelta(seconds=DOOR.edit_freeze_seconds)
        service.effects.forget()

        renewed = service.update(created.id, renew_join_links=("doctor-1", "patient-1", "patient-1"))

        assert renewed.room == created.room
        assert service.effects.log == ["replace"]

    def test_each_time_there_is_another(self, service: Service, created: Teleconsultation) -> None:
        seen = set()
        for _ in range(3):
            service.update(created.id, renew_join_links=("patient-1",))
            seen.add(service.secrets(created.id)["patient-1"])

        assert len(seen) == 3

    def test_a_stranger_is_named_by_place_and_nothing_is_done(
        self, service: Service, created: Teleconsultation
    ) -> None:
        service.effects.forget()

        with pytest.raises(UnknownParticipantError) as caught:
            service.update(
                created.id, duration_seconds=7200, renew_join_links=("patient-1", "canary", "doctor-1")
            )

        assert caught.value.errors == (
            FieldError("renewJoinLinks[1]", "is not a participant of this teleconsultation"),
        )
        assert service.effects.log == []
        assert service.stored(created.id) == created

    def test_who_is_taken_off_in_the_same_change_is_a_stranger(
        self, service: Service, created: Teleconsultation
    ) -> None:
        with pytest.raises(UnknownParticipantError):
            service.update(
                created.id, invitees=(doctor(), patient("patient-2")), renew_join_links=("patient-1",)
            )

        assert service.stored(created.id) == created

    def test_who_is_added_in_the_same_change_may_be_named(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.update(created.id, number=3, invitees=THREE, renew_join_links=("patient-2", "patient-1"))

        new = service.secrets(created.id)
        assert is_refused(service, created, given["patient-1"])
        assert not any(is_refused(service, created, secret) for secret in new.values())


class TestSwitchedOff:
    @pytest.fixture(autouse=True)
    def _off(self, service: Service, given: dict[str, str]) -> None:
        """Off after the first teleconsultation was made and its links were given."""
        service.join_secrets = None

    def test_none_is_given(self, service: Service) -> None:
        created = service.create((doctor(), patient("new")))

        assert [person.join_pass for person in created.participants] == [None, None]

    def test_none_is_accepted(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        assert all(is_refused(service, created, secret) for secret in given.values())

    def test_none_can_be_renewed(self, service: Service, created: Teleconsultation) -> None:
        service.effects.forget()

        with pytest.raises(InvalidRequestError) as caught:
            service.update(created.id, renew_join_links=("patient-1",))

        assert caught.value.errors == (FieldError("renewJoinLinks", "join links are switched off"),)
        assert service.effects.log == []

    def test_a_change_that_changes_nothing_still_writes_nothing(
        self, service: Service, created: Teleconsultation
    ) -> None:
        service.effects.forget()

        service.update(created.id, invitees=(doctor(), patient()))

        assert service.effects.log == []

    def test_switched_on_again_those_of_the_people_who_stayed_work_as_before(
        self, service: Service, created: Teleconsultation, given: dict[str, str]
    ) -> None:
        service.update(created.id, invitees=(doctor(), patient("patient-2")))

        service.join_secrets = JoinSecrets(lambda: "a key")

        assert not is_refused(service, created, given["doctor-1"])
        assert is_refused(service, created, given["patient-1"])


def test_a_copy_of_the_table_alone_opens_nothing(service: Service, created: Teleconsultation) -> None:
    for person in created.participants:
        assert person.join_pass is not None
        for known in (person.join_pass.digest, person.join_pass.nonce, person.external_id):
            assert is_refused(service, created, known)
        forged = JoinSecrets(lambda: "a guess").secret(person, teleconsultation_id=created.id)
        assert forged is not None
        assert is_refused(service, created, forged)
