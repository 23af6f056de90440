"""Rooms at Bandyer, with the vendor's answers made up one by one."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from bandyer import ApiKey, BandyerClient, StaticApiKey
from teleconsultation.domain.errors import ProviderRejectedError, ProviderUnavailableError
from teleconsultation.domain.model import Role
from teleconsultation.domain.room_plan import RecordingType, RoomPlan, RoomState
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.rooms import (
    LOOK_BACK_PAGES,
    PARALLEL_REGISTRATIONS,
    ROOM_PAGE_SIZE,
    BandyerRooms,
)
from teleconsultation.settings import SettingsError
from tests.fakes.samples import participant

URL = "https://provider.test/rest"
LINKS = {"usr_d": "https://provider.test/eu/d", "usr_p": "https://provider.test/eu/p"}
FRAME_ORIGINS = frozenset({"https://provider.test"})

IDS = DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations")
ATTEMPT = IDS.attempt_id("0" * 24)

type Json = dict[str, Any]


@pytest.fixture
def bandyer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def rooms() -> BandyerRooms:
    return rooms_with(StaticApiKey("ak"))


def rooms_with(
    api_key: ApiKey,
    *,
    frame_origins: Callable[[], frozenset[str]] = lambda: FRAME_ORIGINS,
    monotonic: Callable[[], float] = time.monotonic,
) -> BandyerRooms:
    client = BandyerClient(
        base_url="https://provider.test", path_prefix="/rest", api_key=api_key, sleep=lambda _: None
    )
    return BandyerRooms(client, ids=IDS, frame_origins=frame_origins, monotonic=monotonic)


def plan(
    *,
    duration_seconds: int | None = 3600,
    live: bool = True,
    recording_type: RecordingType = "none",
) -> RoomPlan:
    return RoomPlan(
        roles={"usr_d": Role.PLUS, "usr_p": Role.BASIC},
        tools={Role.PLUS: {"chat": True, "whiteboard": True}, Role.BASIC: {"chat": False}},
        call_seconds=duration_seconds or 3600,
        unlimited=duration_seconds is None,
        live=live,
        recording_type=recording_type,
    )


def user_urls(links: dict[str, str] | None = None) -> list[Json]:
    return [{"user": user, "url": url} for user, url in (LINKS if links is None else links).items()]


def created(room_id: str = "room_1", *, links: dict[str, str] | None = None) -> Json:
    return {"room": {"room_id": room_id, "user_urls": user_urls(links), "duration": 3600, "description": "x"}}


def page(*descriptions: str, has_more: bool = False) -> Json:
    listed = [{"room_id": f"room_{text}", "description": text} for text in descriptions]
    return {"rooms": listed, "has_more": has_more, "count": len(listed), "skip": 0, "limit": 100}


def info(room_id: str, *, links: dict[str, str] | None = None) -> Json:
    room = {"room_id": room_id, "status": "NOT_RUNNING", "duration": 3600, "user_urls": user_urls(links)}
    return {"room": room}


def sent(mock: responses.RequestsMock, number: int = 0) -> Json:
    body = mock.calls[number].request.body
    assert body is not None
    sent_body: Json = json.loads(body)
    return sent_body


def lose_the_answer(mock: responses.RequestsMock) -> None:
    mock.post(f"{URL}/room/create", status=500, json={"code": "internal_server_error"})


class TestCreation:
    def test_a_room_is_asked_for_as_the_plan_says(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", json=created())

        rooms.create(plan(), attempt_id=ATTEMPT)

        assert sent(bandyer) == {
            "participants": [
                {"user_id": "usr_d", "is_admin": True, "tools": {"chat": True, "whiteboard": True}},
                {"user_id": "usr_p", "is_admin": False, "tools": {"chat": False}},
            ],
            "recording": False,
            "directCall": True,
            "live": True,
            "duration": 3600,
            "description": ATTEMPT,
        }

    def test_an_unlimited_room_is_asked_for_without_duration(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", json=created())

        room = rooms.create(plan(duration_seconds=None), attempt_id="a")

        assert "duration" not in sent(bandyer)
        assert room.duration_seconds is None

    def test_recording_and_live_are_those_of_the_plan(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", json=created())

        rooms.create(plan(live=False, recording_type="automatic"), attempt_id="a")

        body = sent(bandyer)
        assert (body["live"], body["recording"], body["recording_type"]) == (False, True, "automatic")

    def test_the_room_comes_back_with_the_links_of_everybody(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", json=created("room_7"))

        room = rooms.create(plan(), attempt_id="a")

        assert (room.room_id, room.links, room.duration_seconds) == ("room_7", LINKS, 3600)
        assert plan().is_served_by(room)

    def test_a_refusal_is_final_and_nothing_is_looked_for(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", status=400, json={"code": "invalid_participants"})

        with pytest.raises(ProviderRejectedError) as error:
            rooms.create(plan(), attempt_id="a")

        assert (error.value.provider_code, error.value.outcome_unknown) == ("invalid_participants", False)
        assert len(bandyer.calls) == 1

    def test_a_busy_provider_says_when_to_come_back_and_nothing_is_looked_for(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", status=429, headers={"Retry-After": "30"})

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id="a")

        assert (error.value.retry_after_seconds, error.value.outcome_unknown) == (30, False)
        assert len(bandyer.calls) == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"code": "Joe Smith canary"}, "RejectedError"),
            ({"code": "x" * 65}, "RejectedError"),
            ({"message": "canary"}, "RejectedError"),
            ("canary", "RejectedError"),
            ({"code": "invalid_role"}, "invalid_role"),
        ],
        ids=str,
    )
    def test_only_what_looks_like_a_code_is_kept_of_a_refusal(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock, body: Any, code: str
    ) -> None:
        bandyer.post(f"{URL}/room/create", status=403, json=body)

        with pytest.raises(ProviderRejectedError) as error:
            rooms.create(plan(), attempt_id="a")

        assert error.value.provider_code == code
        assert "canary" not in repr((error.value, error.value.__cause__))


class TestCreationForSomebodyTheProviderHasLost:
    @pytest.fixture(autouse=True)
    def lost_user(self, bandyer: responses.RequestsMock) -> None:
        bandyer.post(f"{URL}/room/create", status=400, json={"code": "invalid_user_id"})

    def test_everybody_is_registered_again_and_the_room_is_made(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/user/create", status=400, json={"code": "user_id_already_exists"})
        bandyer.post(f"{URL}/room/create", json=created())

        room = rooms.create(plan(), attempt_id=ATTEMPT)

        assert room.room_id == "room_1"
        registered = [sent(bandyer, number) for number in (1, 2)]
        assert sorted((user["id"], user["role"]) for user in registered) == [
            ("usr_d", "plus"),
            ("usr_p", "basic"),
        ]

    def test_a_second_refusal_is_final(self, rooms: BandyerRooms, bandyer: responses.RequestsMock) -> None:
        bandyer.post(f"{URL}/user/create", status=400, json={"code": "user_id_already_exists"})
        bandyer.post(f"{URL}/room/create", status=400, json={"code": "invalid_user_id"})

        with pytest.raises(ProviderRejectedError):
            rooms.create(plan(), attempt_id=ATTEMPT)

    def test_a_lost_answer_to_the_second_try_is_looked_for(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/user/create", status=400, json={"code": "user_id_already_exists"})
        lose_the_answer(bandyer)
        bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}"))

        room = rooms.create(plan(), attempt_id=ATTEMPT)

        assert room.room_id == f"room_{ATTEMPT}"


class TestCreationOfUnknownOutcome:
    @pytest.fixture(autouse=True)
    def lost_answer(self, bandyer: responses.RequestsMock) -> None:
        lose_the_answer(bandyer)

    def test_a_room_that_was_made_is_found_by_its_attempt(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page("other", ATTEMPT))
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}"))

        room = rooms.create(plan(), attempt_id=ATTEMPT)

        assert (room.room_id, room.links, room.duration_seconds) == (f"room_{ATTEMPT}", LINKS, 3600)

    def test_the_creation_is_never_repeated(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page("other"))

        with pytest.raises(ProviderUnavailableError):
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert [call.request.method for call in bandyer.calls] == ["POST", "GET"]

    def test_a_room_that_is_not_found_may_still_come_to_be(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page("other"))

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown
        assert error.value.provider_code == "internal_server_error"

    def test_a_room_made_by_other_rules_does_not_serve(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}"))

        with pytest.raises(ProviderUnavailableError):
            rooms.create(plan(duration_seconds=7200), attempt_id=ATTEMPT)

    def test_it_is_looked_for_on_a_few_pages(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        for number in range(LOOK_BACK_PAGES):
            query = {"skip": str(number * ROOM_PAGE_SIZE), "limit": str(ROOM_PAGE_SIZE)}
            bandyer.get(
                f"{URL}/room/list",
                json=page(ATTEMPT) if number == 2 else page(*["other"] * ROOM_PAGE_SIZE, has_more=True),
                match=[matchers.query_param_matcher(query)],
            )
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}"))

        assert rooms.create(plan(), attempt_id=ATTEMPT).room_id == f"room_{ATTEMPT}"

    def test_it_is_not_looked_for_for_ever(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page("other", has_more=True))

        with pytest.raises(ProviderUnavailableError):
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert len(bandyer.calls) == 1 + LOOK_BACK_PAGES

    @pytest.mark.parametrize("status", [400, 500], ids=str)
    def test_a_list_that_fails_leaves_the_first_error(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock, status: int
    ) -> None:
        bandyer.get(f"{URL}/room/list", status=status, json={"code": "something_else"})

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert (error.value.provider_code, error.value.outcome_unknown) == ("internal_server_error", True)

    def test_a_room_that_is_gone_before_its_links_are_read_leaves_the_first_error(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", status=404)

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown

    def test_a_room_without_a_link_for_everybody_does_not_serve(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
        bandyer.get(
            f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}", links={"usr_d": LINKS["usr_d"]})
        )

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown

    def test_a_key_that_cannot_be_renewed_while_looking_leaves_the_outcome_unknown(
        self, bandyer: responses.RequestsMock
    ) -> None:
        class Unrenewable(StaticApiKey):
            def renewed(self) -> str:
                raise ProviderUnavailableError(provider_code="secret_unavailable")

        bandyer.get(f"{URL}/room/list", status=401)

        with pytest.raises(ProviderUnavailableError) as error:
            rooms_with(Unrenewable("ak")).create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown


class TestCreationThatFailsSlowly:
    def test_after_a_timeout_nothing_is_looked_for(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/room/create", body=requests.ReadTimeout())

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert (error.value.provider_code, error.value.outcome_unknown) == ("ResponseTimeoutError", True)
        assert len(bandyer.calls) == 1

    @pytest.mark.parametrize(("seconds", "calls"), [(1.9, 2), (2.0, 1), (7.9, 1)], ids=str)
    def test_a_room_is_looked_for_after_a_quick_failure_only(
        self, bandyer: responses.RequestsMock, seconds: float, calls: int
    ) -> None:
        lose_the_answer(bandyer)
        if calls > 1:
            bandyer.get(f"{URL}/room/list", json=page("other"))
        readings = iter([100.0, 100.0 + seconds])

        with pytest.raises(ProviderUnavailableError) as error:
            rooms_with(StaticApiKey("ak"), monotonic=readings.__next__).create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown
        assert len(bandyer.calls) == calls


def test_an_answer_nobody_can_read_is_of_unknown_outcome_too(
    rooms: BandyerRooms, bandyer: responses.RequestsMock
) -> None:
    bandyer.post(f"{URL}/room/create", body="<html>canary</html>")
    bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
    bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}"))

    assert rooms.create(plan(), attempt_id=ATTEMPT).room_id == f"room_{ATTEMPT}"


class TestLinksThatThePageRefuses:
    ELSEWHERE = "https://acme.elsewhere.test"

    @pytest.mark.parametrize("status", [200, 500], ids=["deleted", "left to the reconciler"])
    def test_a_room_with_such_links_is_deleted_and_the_setting_is_named(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock, status: int
    ) -> None:
        links = LINKS | {"usr_p": f"{self.ELSEWHERE}/eu/canary?q=canary"}
        bandyer.post(f"{URL}/room/create", json=created(links=links))
        deletion = bandyer.delete(f"{URL}/room/delete/room_1", json={"room": {}}, status=status)

        with pytest.raises(SettingsError, match="FRAME_ORIGINS") as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert deletion.call_count > 0
        assert f"lacks {self.ELSEWHERE}, where" in str(error.value)
        assert "canary" not in str(error.value)

    @pytest.mark.parametrize(
        "link",
        [
            "javascript:canary",
            "canary",
            "https://canary@provider.test/eu/p",
            "https://ca[nary/",
            "https://ü.test",
        ],
    )
    def test_what_is_no_plain_address_is_not_repeated_in_the_log(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock, link: str
    ) -> None:
        bandyer.post(f"{URL}/room/create", json=created(links=LINKS | {"usr_p": link}))
        bandyer.delete(f"{URL}/room/delete/room_1", json={"room": {}})

        with pytest.raises(SettingsError, match=r"lacks \(no address\), where"):
            rooms.create(plan(), attempt_id=ATTEMPT)

    def test_a_room_with_such_links_that_is_found_again_does_not_serve(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        lose_the_answer(bandyer)
        bandyer.get(f"{URL}/room/list", json=page(ATTEMPT))
        links = LINKS | {"usr_p": f"{self.ELSEWHERE}/eu/p"}
        bandyer.get(f"{URL}/room/info/room_{ATTEMPT}", json=info(f"room_{ATTEMPT}", links=links))

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.create(plan(), attempt_id=ATTEMPT)

        assert error.value.outcome_unknown

    def test_without_the_setting_no_room_is_made(self, bandyer: responses.RequestsMock) -> None:
        def not_set() -> frozenset[str]:
            raise SettingsError("FRAME_ORIGINS is not set")

        with pytest.raises(SettingsError, match="not set"):
            rooms_with(StaticApiKey("ak"), frame_origins=not_set).create(plan(), attempt_id=ATTEMPT)

        assert len(bandyer.calls) == 0


class TestDeletion:
    def test_a_room_is_deleted(self, rooms: BandyerRooms, bandyer: responses.RequestsMock) -> None:
        bandyer.delete(f"{URL}/room/delete/room_1", json={"room": {}})

        rooms.delete("room_1")

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "not_found"), (400, "invalid_room_id")], ids=["404", "400"]
    )
    def test_a_room_that_is_gone_already_is_a_success(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock, status: int, code: str
    ) -> None:
        bandyer.delete(f"{URL}/room/delete/room_1", status=status, json={"code": code})

        rooms.delete("room_1")

    def test_a_refusal_is_told(self, rooms: BandyerRooms, bandyer: responses.RequestsMock) -> None:
        bandyer.delete(f"{URL}/room/delete/room_1", status=403, json={"code": "forbidden"})

        with pytest.raises(ProviderRejectedError) as error:
            rooms.delete("room_1")

        assert error.value.provider_code == "forbidden"

    def test_a_failure_is_told_after_a_few_attempts(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.delete(f"{URL}/room/delete/room_1", status=503, headers={"Retry-After": "2"})

        with pytest.raises(ProviderUnavailableError) as error:
            rooms.delete("room_1")

        assert error.value.retry_after_seconds == 2
        assert len(bandyer.calls) > 1


class TestAnswersOfOthers:
    """A proxy, or the provider's web server below a wrong path, answers 404 for a room that is there."""

    @pytest.mark.parametrize(
        ("method", "path", "ask"),
        [
            ("GET", "info", lambda rooms: rooms.state("room_1")),
            ("PUT", "disable", lambda rooms: rooms.disable("room_1")),
            ("DELETE", "delete", lambda rooms: rooms.delete("room_1")),
        ],
        ids=["state", "disable", "delete"],
    )
    @pytest.mark.parametrize(
        "answer",
        [
            {"body": "<html><title>Not Found</title></html>", "content_type": "text/html"},
            {"json": {"message": "Not Found"}},
            {"json": {"code": "NOT FOUND"}},
        ],
        ids=["web page", "gateway", "foreign code"],
    )
    def test_a_404_that_is_not_the_providers_own_is_no_sign_that_a_room_is_gone(
        self,
        rooms: BandyerRooms,
        bandyer: responses.RequestsMock,
        *,
        method: str,
        path: str,
        ask: Callable[[BandyerRooms], object],
        answer: Json,
    ) -> None:
        bandyer.add(method, f"{URL}/room/{path}/room_1", status=404, **answer)

        with pytest.raises(ProviderRejectedError):
            ask(rooms)


class TestRegistration:
    def test_each_is_created_under_their_own_id_and_role(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/user/create", json=user("x"))

        rooms.register([participant("d", role=Role.PLUS), participant("p")])

        bodies = [sent(bandyer, number) for number in range(2)]
        assert sorted(bodies, key=lambda body: body["id"]) == [
            {"id": "usr_d", "role": "plus"},
            {"id": "usr_p", "role": "basic"},
        ]

    def test_one_who_exists_already_is_a_success(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        bandyer.post(f"{URL}/user/create", status=400, json={"code": "user_id_already_exists"})

        rooms.register([participant()])

    def test_a_refusal_of_one_does_not_hide_behind_the_others(
        self, rooms: BandyerRooms, bandyer: responses.RequestsMock
    ) -> None:
        refused = participant("refused")
        bandyer.post(
            f"{URL}/user/create",
            status=400,
            json={"code": "invalid_role"},
            match=[matchers.json_params_matcher({"id": refused.bandyer_user_id, "role": "basic"})],
        )
        bandyer.post(f"{URL}/user/create", json=user("x"))

        with pytest.raises(ProviderRejectedError):
            rooms.register([participant("a"), refused, participant("b")])

        assert len(bandyer.calls) == 3

    def test_nobody_is_no_request(self, rooms: BandyerRooms, bandyer: responses.RequestsMock) -> None:
        rooms.register([])

        assert len(bandyer.calls) == 0

    def test_several_are_registered_at_a_time(self) -> None:
        everybody = [participant(f"p{number}") for number in range(3 * PARALLEL_REGISTRATIONS)]
        # Nobody passes alone: in single file the first would wait until the barrier breaks.
        rounds = threading.Barrier(PARALLEL_REGISTRATIONS)
        registered: list[str] = []

        class InRounds:
            def create_user(self, *, user_id: str, role: str) -> None:
                rounds.wait(timeout=10)
                registered.append(user_id)

        BandyerRooms(InRounds(), ids=IDS, frame_origins=lambda: FRAME_ORIGINS).register(everybody)  # type: ignore[arg-type]

        assert sorted(registered) == sorted(person.bandyer_user_id for person in everybody)


def user(user_id: str) -> Json:
    return {"user": {"id": user_id, "role": "basic"}}


@pytest.mark.parametrize(
    "ended",
    [{"status": "CLOSED"}, {"status": "NOT_RUNNING", "disabled": True}],
    ids=["closed", "disabled"],
)
def test_a_room_that_was_ended_is_gone(
    rooms: BandyerRooms, bandyer: responses.RequestsMock, ended: Json
) -> None:
    room = {"room_id": "room_1", "description": ATTEMPT, "user_urls": [], **ended}
    bandyer.get(f"{URL}/room/info/room_1", json={"room": room})
    bandyer.get(f"{URL}/room/list", json=page() | {"rooms": [room]})

    state = rooms.state("room_1")
    [listed] = rooms.list_rooms(position=0).marked

    assert (state, listed.state) == (RoomState.GONE, RoomState.GONE)


def test_ids_are_derived(rooms: BandyerRooms) -> None:
    ids = DerivedIds(lambda: "a key", table_identity=lambda: "a table", table_name="teleconsultations")

    assert rooms.user_id("patient-1", role=Role.BASIC) == ids.user_id("patient-1", role=Role.BASIC)
    assert rooms.attempt_id("0" * 24).startswith("0" * 24)


class TestLook:
    def test_the_description_leads_back_to_the_visit(
        self, bandyer: responses.RequestsMock, rooms: BandyerRooms
    ) -> None:
        activity = {"user": "usr_d", "startTime": "2026-01-02T03:04:05.000Z", "stopTime": None}
        details = [{"session": "session_1", "userActivities": [activity]}]
        info = {"room_id": "room_1", "description": ATTEMPT, "user_urls": []}
        bandyer.get(
            f"{URL}/room/info/room_1", json={"room": {**info, "dialInfo": {"sessions": {"details": details}}}}
        )

        look = rooms.look("room_1")

        assert look is not None
        assert (look.teleconsultation_id, look.session_ids) == ("0" * 24, frozenset({"session_1"}))
        assert [(each.user_id, each.ended_at) for each in look.connections] == [("usr_d", None)]

    @pytest.mark.parametrize("description", [None, "another program's", ATTEMPT[:-1]])
    def test_a_room_of_another_program_belongs_to_no_visit(
        self, bandyer: responses.RequestsMock, rooms: BandyerRooms, description: str | None
    ) -> None:
        info: Json = {"room_id": "room_1", "description": description, "user_urls": []}
        bandyer.get(f"{URL}/room/info/room_1", json={"room": info})

        look = rooms.look("room_1")

        assert look is not None
        assert (look.teleconsultation_id, look.session_ids) == (None, None)

    def test_a_room_that_does_not_exist_is_nothing(
        self, bandyer: responses.RequestsMock, rooms: BandyerRooms
    ) -> None:
        refusal = {"status": 400, "code": "invalid_room_id"}
        bandyer.get(f"{URL}/room/info/room_1", status=400, json=refusal)

        assert rooms.look("room_1") is None
