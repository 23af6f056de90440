"""`Idempotency-Key`: the same request again, whatever became of the first one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.errors import (
    ConflictError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    NoPlusUserError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RequestUnderWayError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
)
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.domain.privileges import Privilege, Privileges
from teleconsultation.use_cases.idempotency import IdempotencyKey
from tests.fakes.effects import KilledError, failing, killed
from tests.fakes.samples import doctor, known, patient, schedule
from tests.fakes.service import Service


def key(
    header: str = "8e03978e", *, caller: str = "booking", body: bytes = b'{"a": 1, "b": [2]}'
) -> IdempotencyKey:
    made = IdempotencyKey.from_header(header, caller=caller, body=body)
    assert made is not None
    return made


def die(service: Service, *, before: str | None = None, after: str | None = None) -> None:
    """Send a keyed request whose process is killed at an effect."""
    if before is not None:
        service.effects.before(before, killed)
    if after is not None:
        service.effects.after(after, killed)
    with pytest.raises(KilledError):
        service.create(idempotency_key=key())


def repeat(service: Service) -> Teleconsultation:
    return service.create(idempotency_key=key())


class TestKey:
    def test_none_is_none(self) -> None:
        assert IdempotencyKey.from_header(None, caller="booking", body=b"{}") is None

    @pytest.mark.parametrize(
        "header",
        [
            *("", " ", "a b", "é", "x" * 256, "a\n", "\x7f"),
            *('""', '"', '"a', '"a"b', '"a\\b"', '"a"; b=1', f'"{"x" * 256}"', "y" * 9000 + "\x7f"),
        ],
        ids=lambda header: repr(header)[:20],
    )
    def test_what_is_no_key_is_refused_by_name(self, header: str) -> None:
        with pytest.raises(InvalidRequestError) as error:
            IdempotencyKey.from_header(header, caller="booking", body=b"{}")

        assert [field.field for field in error.value.errors] == ["Idempotency-Key"]

    @pytest.mark.parametrize("header", ["x", "!", "~" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"'])
    def test_any_visible_ascii_is_one(self, header: str) -> None:
        assert IdempotencyKey.from_header(header, caller="booking", body=b"{}") is not None

    @pytest.mark.parametrize(
        ("bare", "quoted"),
        [("k", '"k"'), ('a"b\\c', '"a\\"b\\\\c"'), ("x" * 255, f'"{"x" * 255}"')],
    )
    def test_a_key_in_quotes_is_the_same_as_without(self, bare: str, quoted: str) -> None:
        assert key(bare) == key(quoted)

    def test_the_longest_key_may_have_every_character_escaped(self) -> None:
        assert key('"' + '\\"' * 255 + '"') == key('"' + '\\"' * 255 + '"')

    def test_a_key_of_nobody_is_refused_by_name(self) -> None:
        with pytest.raises(InvalidRequestError) as error:
            IdempotencyKey.from_header("k", caller=None, body=b"{}")

        assert [field.field for field in error.value.errors] == ["Idempotency-Key"]

    @pytest.mark.parametrize("other", [b'{"a": 2.0}', b'{"a": 2e0}', b'{"a": 20E-1}'])
    def test_the_spelling_of_a_number_makes_no_other_body(self, other: bytes) -> None:
        assert key(body=b'{"a": 2}') == key(body=other)

    @pytest.mark.parametrize("other", [b'{"a": "2"}', b'{"a": 2.5}', b'{"a": 3}', b'{"a": 1e999}'])
    def test_another_number_makes_another_body(self, other: bytes) -> None:
        assert key(body=b'{"a": 2}') != key(body=other)

    def test_the_order_of_members_and_white_space_make_no_other_body(self) -> None:
        assert key(body=b'{"b":[2],"a":1}') == key(body=b' { "a" : 1, "b" : [2] } ')

    def test_every_caller_has_keys_of_their_own(self) -> None:
        assert key(caller="booking").digest != key(caller="another").digest

    def test_a_caller_whose_id_is_no_text_has_keys_too(self) -> None:
        assert key(caller="\ud800").digest != key(caller="\ud801").digest

    def test_a_caller_cannot_write_a_key_that_is_somebody_elses(self) -> None:
        assert key("k", caller="booking").digest != key("bookingk", caller="").digest

    def test_it_holds_nothing_of_what_was_sent(self) -> None:
        held = key("my-key", caller="joe@example.com", body=b'{"fullName": "Joe Smith"}')

        assert not any(word in f"{held.digest} {held.fingerprint}" for word in ("my-key", "joe", "Smith"))


def test_the_same_request_again_gets_the_same_and_has_no_effect(service: Service) -> None:
    first = repeat(service)
    links = service.secrets(first.id)
    service.effects.forget()

    again = repeat(service)

    assert again == first
    assert service.secrets(again.id) == links
    assert service.effects.log == []
    assert len(service.rooms.rooms) == 1


def test_another_key_is_another_request(service: Service) -> None:
    first = service.create(idempotency_key=key("one"))
    second = service.create(idempotency_key=key("two"))

    assert first.id != second.id


def test_another_body_under_the_key_is_refused_without_effect(service: Service) -> None:
    repeat(service)
    service.effects.forget()

    with pytest.raises(IdempotencyKeyReusedError):
        service.create(idempotency_key=key(body=b"{}"))

    assert service.effects.log == []


def test_it_answers_with_what_the_teleconsultation_has_become(service: Service) -> None:
    first = repeat(service)
    changed = service.update(first.id, duration_seconds=1800)

    assert repeat(service) == changed


def test_after_a_deletion_it_says_that_there_is_nothing_any_more(service: Service) -> None:
    first = repeat(service)
    service.delete(first.id)
    service.effects.forget()

    with pytest.raises(TeleconsultationDeletedError):
        repeat(service)

    assert service.effects.log == []


def test_it_is_the_same_request_although_a_person_was_erased(service: Service) -> None:
    service.create()
    people = (known("doctor-1"), known("patient-1"))
    first = service.create(people, idempotency_key=key())
    service.erase("patient-1")

    again = service.create(people, idempotency_key=key())

    assert again.id == first.id


def test_it_is_the_same_request_although_a_group_was_removed(service: Service) -> None:
    first = repeat(service)
    nobody = Privilege(groups=frozenset(), tools={})
    service.policy = replace(service.policy, privileges=Privileges(plus=nobody, basic=nobody))

    assert repeat(service) == first


def test_a_partial_list_is_not_stored_twice_either(service: Service) -> None:
    first = service.create((doctor(),), number=3, idempotency_key=key())
    again = service.create((doctor(),), number=3, idempotency_key=key())

    assert again == first
    assert len(service.teleconsultations.everything()) == 1


def test_a_request_that_breaks_a_rule_uses_up_no_key(service: Service) -> None:
    with pytest.raises(NoPlusUserError):
        service.create((patient("a"), patient("b")), idempotency_key=key())

    assert service.effects.log == []


def test_while_the_first_is_running_the_second_is_sent_away(service: Service) -> None:
    seen: list[str] = []

    def second() -> None:
        with pytest.raises(RequestUnderWayError):
            repeat(service)
        seen.append("sent away")

    service.effects.before("create_room", second)

    repeat(service)

    assert seen == ["sent away"]
    assert len(service.rooms.marks) == 1


def test_of_many_at_once_one_is_carried_out(service: Service) -> None:
    def attempt(_: int) -> Teleconsultation | None:
        try:
            return repeat(service)
        except RequestUnderWayError:
            return None

    with ThreadPoolExecutor(max_workers=16) as pool:
        answers = list(pool.map(attempt, range(50)))

    assert len({answer.id for answer in answers if answer}) == 1
    assert len(service.rooms.marks) == 1


EFFECTS = ["reserve", "register", "save_users", "add", "create_room", "replace"]


def test_these_are_all_its_effects(service: Service) -> None:
    repeat(service)

    assert service.effects.log == EFFECTS


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_repetition_completes_what_a_dead_process_left(service: Service, effect: str, when: str) -> None:
    die(service, **{when: effect})
    service.clock.advance(seconds=61)

    made = repeat(service)

    assert service.stored(made.id) == made
    assert made.room is not None
    assert list(service.rooms.rooms) == [made.room.room_id]
    assert len(service.teleconsultations.everything()) == 1
    assert repeat(service) == made


def test_a_dead_process_holds_the_key_for_a_minute(service: Service) -> None:
    die(service, after="create_room")
    service.clock.advance(seconds=59)

    with pytest.raises(RequestUnderWayError):
        repeat(service)


def test_a_room_the_dead_process_made_is_taken_over(service: Service) -> None:
    die(service, after="create_room")
    [room_id] = service.rooms.rooms
    service.clock.advance(seconds=61)

    made = repeat(service)

    assert made.room is not None
    assert made.room.room_id == room_id


def test_of_two_who_repeat_after_a_death_one_goes_on(service: Service) -> None:
    die(service, before="create_room")
    service.clock.advance(seconds=61)
    seen: list[str] = []

    def second() -> None:
        with pytest.raises(RequestUnderWayError):
            repeat(service)
        seen.append("sent away")

    service.effects.after("reserve", second)

    repeat(service)

    assert seen == ["sent away"]
    assert len(service.rooms.rooms) == 1


def test_of_two_who_repeat_after_a_death_the_later_is_sent_away(service: Service) -> None:
    die(service, before="create_room")
    service.clock.advance(seconds=61)
    made: list[Teleconsultation] = []
    service.effects.before("reserve", lambda: made.append(repeat(service)))

    with pytest.raises(RequestUnderWayError):
        repeat(service)

    assert repeat(service) == made[0]
    assert len(service.rooms.rooms) == 1


@pytest.mark.parametrize(
    "error",
    [
        ProviderRejectedError(),
        ProviderUnavailableError(),
        ProviderUnavailableError(outcome_unknown=True),
    ],
    ids=["rejected", "unavailable", "unknown"],
)
def test_a_failure_that_was_answered_may_be_repeated_at_once(service: Service, error: Exception) -> None:
    service.effects.before("create_room", failing(error))
    with pytest.raises(type(error)):
        repeat(service)

    made = repeat(service)

    assert made.room is not None
    assert list(service.rooms.rooms) == [made.room.room_id]
    assert len(service.teleconsultations.everything()) == 1


def test_a_room_made_behind_a_lost_answer_is_taken_over_at_once(service: Service) -> None:
    service.effects.after("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))
    with pytest.raises(ProviderUnavailableError):
        repeat(service)
    [room_id] = service.rooms.rooms

    made = repeat(service)

    assert made.room is not None
    assert made.room.room_id == room_id


def test_a_repetition_that_is_rejected_leaves_no_trace(service: Service) -> None:
    die(service, before="create_room")
    service.clock.advance(seconds=61)
    service.effects.before("create_room", failing(ProviderRejectedError()))

    with pytest.raises(ProviderRejectedError):
        repeat(service)

    assert service.teleconsultations.everything() == ()


def test_when_the_release_fails_the_first_error_is_raised(service: Service) -> None:
    service.effects.before("create_room", failing(ProviderRejectedError()))
    service.effects.after("reserve", lambda: None)
    service.effects.after("reserve", failing(StorageUnavailableError("down")))

    with pytest.raises(ProviderRejectedError):
        repeat(service)


def test_the_reconciler_may_come_between_a_death_and_its_repetition(service: Service) -> None:
    die(service, after="create_room")
    service.clock.advance(seconds=3600)

    service.reconcile()
    made = repeat(service)

    assert made.room is not None
    assert list(service.rooms.rooms) == [made.room.room_id]


def test_an_intent_the_reconciler_removes_under_a_repetition_is_a_conflict(service: Service) -> None:
    die(service, before="create_room")
    service.clock.advance(seconds=3600)

    def reconcile() -> None:
        service.reconcile()

    service.effects.before("replace", reconcile)

    with pytest.raises(ConflictError):
        repeat(service)

    assert repeat(service).room is not None


def test_after_a_day_the_key_is_free(service: Service) -> None:
    far = schedule(start_date=service.clock.now + timedelta(days=7))
    first = service.create(idempotency_key=key(), schedule=far)
    service.clock.advance(seconds=24 * 3600)

    assert service.create(idempotency_key=key(), schedule=far).id != first.id
