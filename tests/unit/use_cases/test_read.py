"""What a caller learns of a teleconsultation, and what they do not."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.door import State
from teleconsultation.domain.errors import (
    NotAParticipantError,
    ProviderUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import Room, Teleconsultation
from teleconsultation.use_cases.read import (
    ARRIVAL_POLL_SECONDS,
    CALL_LANGUAGES,
    HEARTBEAT_SECONDS,
    NAMES_SHOWN_AFTER_CLOSING,
    OPENING_SPREAD_SECONDS,
    CallData,
)
from tests.fakes.effects import failing
from tests.fakes.samples import END, START, doctor, patient
from tests.fakes.service import Service

OPENS = START - timedelta(seconds=600)
CLOSES = END + timedelta(seconds=900)
INSTANT = timedelta(milliseconds=1)

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


def link_of(call: CallData) -> str:
    assert call.access_link is not None
    return call.access_link


def with_links(service: Service, created: Teleconsultation, *, link: str) -> None:
    """Have the provider's links be `link`, told apart by their end."""
    room = Room(
        room_id="room_x",
        duration_seconds=3600,
        links={person.bandyer_user_id: link + person.external_id for person in created.participants},
    )
    service.teleconsultations.replace(replace(created, room=room), expected_version=created.version)


@pytest.mark.parametrize("user_id", ["doctor-1", "patient-1"])
def test_while_the_door_is_open_everybody_gets_their_own_link_and_no_other(
    service: Service, user_id: str
) -> None:
    created = service.create()
    with_links(service, created, link="https://provider.test/")
    service.clock.now = START

    call = service.read(created.id, user_id=user_id)

    assert call.state is State.OPEN
    assert call.participant == created.participant(user_id)
    assert urlsplit(link_of(call)).path == f"/{user_id}"


@pytest.mark.parametrize("user_id", ["doctor-1", "patient-1"])
def test_a_notice_is_shown_as_long_as_the_names_are(service: Service, user_id: str) -> None:
    created = service.create()
    service.update(created.id, notice="Dr. Neri is late.")
    hidden_at = CLOSES + NAMES_SHOWN_AFTER_CLOSING

    service.clock.now = hidden_at - INSTANT
    shown = service.read(created.id, user_id=user_id).notice
    service.clock.now = hidden_at
    hidden = service.read(created.id, user_id=user_id)

    assert shown is not None
    assert shown.text == "Dr. Neri is late."
    assert (hidden.notice, hidden.people) == (None, ())


@pytest.mark.parametrize(
    ("now", "state"),
    [(OPENS - INSTANT, State.SCHEDULED), (CLOSES, State.ENDED)],
    ids=["before", "after"],
)
def test_outside_the_opening_hours_nobody_gets_a_link(service: Service, now: datetime, state: State) -> None:
    created = service.create()
    service.clock.now = now

    call = service.read(created.id)

    assert (call.state, call.access_link) == (state, None)
    assert call.participant is not None


@pytest.mark.parametrize("now", [OPENS, CLOSES - INSTANT], ids=["first", "last"])
def test_at_the_edges_of_the_opening_hours_there_is_a_link(service: Service, now: datetime) -> None:
    created = service.create()
    service.clock.now = now

    assert link_of(service.read(created.id))


def test_while_people_are_missing_nobody_gets_a_link(service: Service) -> None:
    created = service.create((patient(),), number=2)
    service.clock.now = START

    call = service.read(created.id)

    assert (call.state, call.access_link) == (State.WAITING_FOR_PARTICIPANTS, None)


def test_the_instants_a_page_needs_are_given(service: Service) -> None:
    created = service.create()

    call = service.read(created.id)

    assert (call.server_time, call.opens_at, call.closes_at) == (service.clock.now, OPENS, CLOSES)


def test_reading_has_no_effect(service: Service) -> None:
    created = service.create()
    service.effects.forget()

    service.read(created.id)

    assert service.effects.log == []


class TestCallers:
    @pytest.mark.parametrize("user_id", ["stranger", "", "doctor", "PATIENT-1", None], ids=repr)
    def test_a_stranger_is_refused(self, service: Service, user_id: str | None) -> None:
        created = service.create()

        with pytest.raises(NotAParticipantError):
            service.read(created.id, user_id=user_id)

    @pytest.mark.parametrize("user_id", ["booking-system", None], ids=repr)
    def test_a_manager_sees_it_and_gets_no_link(self, service: Service, user_id: str | None) -> None:
        created = service.create()
        service.clock.now = START

        call = service.read(created.id, user_id=user_id, is_manager=True)

        assert (call.state, call.participant, call.access_link) == (State.OPEN, None, None)
        assert call.teleconsultation == created

    def test_a_manager_who_is_invited_gets_their_link(self, service: Service) -> None:
        created = service.create()
        service.clock.now = START

        assert link_of(service.read(created.id, user_id="doctor-1", is_manager=True))

    def test_a_former_participant_is_refused(self, service: Service) -> None:
        created = service.create()
        service.update(created.id, invitees=(doctor(), patient("patient-2")))

        with pytest.raises(NotAParticipantError):
            service.read(created.id, user_id="patient-1")

        assert service.read(created.id, user_id="patient-2").participant is not None


class TestLongAfterwards:
    LAST = CLOSES + NAMES_SHOWN_AFTER_CLOSING - INSTANT

    def test_for_a_day_the_answer_says_who_took_part(self, service: Service) -> None:
        created = service.create()
        service.clock.now = self.LAST

        assert service.read(created.id).people == created.participants

    @pytest.mark.parametrize("later", [INSTANT, timedelta(days=20)], ids=str)
    def test_then_nobody_learns_it_any_more(self, service: Service, later: timedelta) -> None:
        created = service.create()
        secret = service.secrets(created.id)["patient-1"]
        service.clock.now = self.LAST + later

        calls = [
            service.read(created.id),
            service.read(created.id, user_id=None, is_manager=True),
            service.join(created.id, secret),
        ]

        assert [call.people for call in calls] == [(), (), ()]
        assert [(call.state, call.opens_at, call.closes_at) for call in calls] == [
            (State.ENDED, OPENS, CLOSES)
        ] * 3

    def test_a_visit_that_is_moved_into_the_future_has_its_people_again(self, service: Service) -> None:
        created = service.create()
        service.clock.now = self.LAST + timedelta(days=1)
        assert service.read(created.id).people == ()

        service.update(created.id, start_date=START + timedelta(days=40))

        assert service.read(created.id).people == created.participants


class TestMissing:
    @pytest.mark.parametrize(
        "teleconsultation_id",
        ["0" * 24, "", "x" * 24, "A" * 24, "0" * 23, "0" * 24 + "\n", "\u0660" * 24],
        ids=repr,
    )
    def test_what_never_was_is_not_found(self, service: Service, teleconsultation_id: str) -> None:
        with pytest.raises(TeleconsultationNotFoundError):
            service.read(teleconsultation_id, is_manager=True)

    @pytest.mark.parametrize(
        "teleconsultation_id", ["", "../../../etc/passwd", "A" * 24, "0" * 25, "0" * 24 + "\n"], ids=repr
    )
    def test_what_cannot_be_an_id_is_not_looked_up(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, teleconsultation_id: str
    ) -> None:
        looked_up: list[str] = []
        monkeypatch.setattr(service.teleconsultations, "get", looked_up.append)

        with pytest.raises(TeleconsultationNotFoundError):
            service.read(teleconsultation_id)

        assert looked_up == []

    def test_a_creation_that_was_never_finished_is_not_found(self, service: Service) -> None:
        service.effects.after("create_room", failing(ProviderUnavailableError(outcome_unknown=True)))
        with pytest.raises(ProviderUnavailableError):
            service.create()
        [intent] = service.teleconsultations.everything()

        for is_manager in (True, False):
            with pytest.raises(TeleconsultationNotFoundError):
                service.read(intent.id, is_manager=is_manager)

    def test_a_deleted_one_says_so_to_its_participants_and_to_managers_only(self, service: Service) -> None:
        created = service.create()
        service.delete(created.id)

        with pytest.raises(TeleconsultationDeletedError):
            service.read(created.id)
        with pytest.raises(TeleconsultationDeletedError):
            service.read(created.id, user_id=None, is_manager=True)
        with pytest.raises(NotAParticipantError):
            service.read(created.id, user_id="stranger")


class TestWhenToAskAgain:
    @pytest.mark.parametrize(
        ("before_opening", "seconds"),
        [
            (timedelta(seconds=60), 60),
            (timedelta(seconds=59, milliseconds=1), 60),
            (timedelta(seconds=59), 59),
            (timedelta(milliseconds=1), 1),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("number", [2, 3], ids=["scheduled", "waiting"])
    def test_within_the_last_minute_in_the_visits_slot_after_the_opening(
        self, service: Service, number: int, before_opening: timedelta, seconds: int
    ) -> None:
        created = service.create((doctor(), patient()), number=number)
        service.clock.now = OPENS - before_opening

        retry_after_seconds = service.read(created.id).retry_after_seconds

        assert retry_after_seconds is not None
        assert 0 <= retry_after_seconds - seconds < OPENING_SPREAD_SECONDS

    @pytest.mark.parametrize(
        "before_opening", [timedelta(days=300), timedelta(seconds=60, milliseconds=1)], ids=str
    )
    @pytest.mark.parametrize("number", [2, 3], ids=["scheduled", "waiting"])
    def test_before_the_last_minute_once_a_minute(
        self, service: Service, number: int, before_opening: timedelta
    ) -> None:
        created = service.create((doctor(), patient()), number=number)
        service.clock.now = OPENS - before_opening

        assert service.read(created.id).retry_after_seconds == HEARTBEAT_SECONDS

    def test_the_pages_of_one_opening_are_spread_evenly_over_its_slots(self, service: Service) -> None:
        visits = [service.create() for _ in range(400)]
        service.clock.now = OPENS - timedelta(seconds=30)

        slots = Counter(service.read(created.id).retry_after_seconds for created in visits)

        assert slots.keys() == set(range(30, 30 + OPENING_SPREAD_SECONDS))
        assert min(slots.values()) > len(visits) / OPENING_SPREAD_SECONDS / 2

    def test_the_pages_of_one_visit_come_together(self, service: Service) -> None:
        created = service.create()
        moments = set()

        for seconds, user_id in ((60, "doctor-1"), (7, "patient-1"), (1, "doctor-1")):
            service.clock.now = OPENS - timedelta(seconds=seconds)
            retry_after_seconds = service.read(created.id, user_id=user_id).retry_after_seconds
            assert retry_after_seconds is not None
            moments.add(service.clock.now + timedelta(seconds=retry_after_seconds))

        assert len(moments) == 1

    def test_who_asks_when_told_finds_the_door_open(self, service: Service) -> None:
        created = service.create()
        service.clock.now = OPENS - timedelta(seconds=12, milliseconds=345)
        seconds = service.read(created.id).retry_after_seconds
        assert seconds is not None

        service.clock.advance(seconds=seconds)

        assert service.read(created.id).state is State.OPEN

    @pytest.mark.parametrize("now", [OPENS, START, CLOSES - INSTANT], ids=str)
    def test_while_somebody_is_missing_at_opening_time_often(self, service: Service, now: datetime) -> None:
        created = service.create((patient(),), number=2)
        service.clock.now = now

        assert service.read(created.id).retry_after_seconds == ARRIVAL_POLL_SECONDS

    @pytest.mark.parametrize("now", [OPENS, START, CLOSES - INSTANT], ids=str)
    def test_while_it_is_open_once_a_minute(self, service: Service, now: datetime) -> None:
        created = service.create()
        service.clock.now = now

        assert service.read(created.id).retry_after_seconds == HEARTBEAT_SECONDS

    @pytest.mark.parametrize("number", [2, 3], ids=["complete", "partial"])
    def test_when_it_is_over_never(self, service: Service, number: int) -> None:
        created = service.create((doctor(), patient()), number=number)
        service.clock.now = CLOSES

        assert service.read(created.id).retry_after_seconds is None


class TestLanguage:
    @pytest.mark.parametrize(
        ("asked", "own", "spoken"),
        [
            (None, None, None),
            (None, "it", "it"),
            ("es", "it", "es"),
            ("ES-419", None, "es"),
            ("it-IT", None, "it"),
            ("it_IT", None, "it"),
            ("tlh", "it-CH", "it"),
            ("tlh", None, None),
            (None, "ja", None),
            ("", "de", "de"),
            ("it&display_name=Dr", "fr", "fr"),
        ],
        ids=repr,
    )
    def test_the_page_decides_then_the_profile_and_unspoken_ones_are_passed_over(
        self, service: Service, asked: str | None, own: str | None, spoken: str | None
    ) -> None:
        created = service.create((doctor(), replace(patient(), language=own)))
        service.clock.now = START

        call = service.read(created.id, language=asked)

        assert call.language == spoken
        assert parse_qs(urlsplit(link_of(call)).query).get("language") == (spoken and [spoken])

    @given(tag=st.text(max_size=12))
    def test_only_a_language_of_the_call_page_reaches_the_link(self, tag: str) -> None:
        service = Service()
        created = service.create()
        service.clock.now = START

        call = service.read(created.id, language=tag)

        query = parse_qsl(urlsplit(link_of(call)).query)
        assert call.language in {*CALL_LANGUAGES, None}
        assert {name for name, _ in query} <= {"display_name", "language"}

    def test_a_manager_without_a_place_may_ask_for_one(self, service: Service) -> None:
        created = service.create()

        assert service.read(created.id, user_id=None, is_manager=True, language="it").language == "it"


class TestBackground:
    @pytest.mark.parametrize(
        ("asked", "group", "background"),
        [
            (None, "patient", None),
            (None, "premium", ["image"]),
            (True, "patient", ["image"]),
            (False, "premium", None),
        ],
    )
    def test_the_caller_decides_and_otherwise_the_participants_groups(
        self,
        service: Service,
        asked: bool | None,  # noqa: FBT001 - a parameter of the test
        group: str,
        background: list[str] | None,
    ) -> None:
        created = service.create((doctor(), replace(patient(), groups=("patient", group))))
        service.clock.now = START

        query = parse_qs(urlsplit(link_of(service.read(created.id, background=asked))).query)

        assert query.get("virtual_background") == background

    def test_no_group_has_it_unless_configured(self, service: Service) -> None:
        service.background_groups = frozenset()
        created = service.create((doctor(), replace(patient(), groups=("patient", "premium"))))
        service.clock.now = START

        assert "virtual_background" not in link_of(service.read(created.id))


class TestLink:
    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("Joe Smith", "Joe%20Smith"),
            ("Zoë & 李雷 #1", "Zo%C3%AB%20%26%20%E6%9D%8E%E9%9B%B7%20%231"),
            ("a/b?c=d+e%20", "a%2Fb%3Fc%3Dd%2Be%2520"),
        ],
    )
    def test_the_name_is_percent_encoded(self, service: Service, name: str, written: str) -> None:
        created = service.create((doctor(), patient(full_name=name)))
        service.clock.now = START

        link = link_of(service.read(created.id))

        assert link.endswith(f"?display_name={written}")

    @given(name=texts, value=texts)
    def test_whatever_stands_in_link_and_name_both_arrive_unchanged(self, name: str, value: str) -> None:
        service = Service()
        created = service.create((doctor(), replace(patient(full_name=name), language="it")))
        query = "&".join(["empty=", "token=" + "".join(f"%{byte:02X}" for byte in value.encode())])
        with_links(service, created, link=f"https://provider.test:8443/eu/handler/abc?{query}&id=")
        service.clock.now = START

        parts = urlsplit(link_of(service.read(created.id)))

        assert (parts.scheme, parts.netloc, parts.path) == ("https", "provider.test:8443", "/eu/handler/abc")
        assert parse_qsl(parts.query, keep_blank_values=True) == [
            ("empty", ""),
            ("token", value),
            ("id", "patient-1"),
            ("display_name", name),
            ("language", "it"),
        ]

    def test_what_the_provider_wrote_keeps_its_spelling(self, service: Service) -> None:
        created = service.create()
        with_links(service, created, link="https://provider.test/room?token=a%2fb+c&flag&id=")
        service.clock.now = START

        link = link_of(service.read(created.id))

        assert link.startswith("https://provider.test/room?token=a%2fb+c&flag&id=patient-1&display_name=")

    def test_a_fragment_stays_at_the_end(self, service: Service) -> None:
        created = service.create()
        with_links(service, created, link="https://provider.test/room#")
        service.clock.now = START

        link = link_of(service.read(created.id))

        assert link == "https://provider.test/room?display_name=Joe%20Smith#patient-1"


def test_printing_call_data_leaks_nothing(service: Service) -> None:
    created = service.create(
        (doctor("canary-d", full_name="Canary D"), patient("canary-p", full_name="Canary P"))
    )
    service.clock.now = START
    call = service.read(created.id, user_id="canary-p")

    text = repr(call)

    assert link_of(call).partition("?")[0] not in text
    assert not any(secret in text for secret in ("canary", "Canary", "usr_", "provider.test"))
