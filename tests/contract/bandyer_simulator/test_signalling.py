"""Signalling between the pages of a call through the simulator."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client

from tests.contract.bandyer_simulator.conftest import START
from tests.contract.bandyer_simulator.open_pages import OpenPage

type Create = Callable[..., dict[str, Any]]
type Enter = Callable[..., OpenPage]
type Paths = Callable[..., dict[str, str]]


def test_newcomer_and_the_others_learn_of_each_other(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor = enter(paths["doctor"], query="?display_name=Anna%20Neri")

    patient = enter(paths["patient"])

    assert patient.seen[0]["peers"] == [
        {"id": doctor.id, "name": "Anna Neri", "microphone": False, "camera": False}
    ]
    assert doctor.expect("joined")["peer"]["name"] == "patient"


def test_closing_the_page_removes_the_attendee(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    patient.close()

    assert doctor.expect("left") == {"type": "left", "peer": patient.id}


def test_leaving_removes_the_attendee_at_once_and_they_may_return(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    left = patient.send("leave")
    patient.expect_end()
    again = enter(paths["patient"])

    assert left.status_code == 204
    assert doctor.expect("left")["peer"] == patient.id
    assert [event["peer"]["id"] for event in (doctor.expect("joined"),)] == [again.id]
    assert patient.send("leave").status_code == 409


def test_signal_reaches_its_receiver_only(
    create_user: Create, create_room: Create, link_of: Callable[..., str], enter: Enter
) -> None:
    create_user("doctor", role="plus")
    create_user("patient")
    create_user("relative")
    room = create_room(participants=[{"user_id": user} for user in ("doctor", "patient", "relative")])
    doctor, patient, relative = (
        enter(link_of(room, user=user)) for user in ("doctor", "patient", "relative")
    )

    doctor.send("signal", to=patient.id, signal={"candidate": {"candidate": "candidate:1"}})
    doctor.send("chat", text="after it")

    assert patient.expect("signal") == {
        "type": "signal",
        "from": doctor.id,
        "signal": {"candidate": {"candidate": "candidate:1"}},
    }
    relative.expect("chat")
    assert "signal" not in [event["type"] for event in relative.seen]


def test_signal_to_an_attendee_who_left_is_dropped(link_paths: Paths, enter: Enter) -> None:
    doctor = enter(link_paths()["doctor"])

    response = doctor.send("signal", to="0123456789abcdef", signal={})

    assert response.status_code == 204


def test_events_stay_in_their_room(create_room: Create, link_of: Callable[..., str], enter: Enter) -> None:
    first, second = create_room(), create_room()
    doctor = enter(link_of(first, user="doctor"))
    other_patient = enter(link_of(second, user="patient"))

    doctor.send("signal", to=other_patient.id, signal={})
    doctor.send("chat", text="hello")
    other_patient.send("chat", text="is anybody here?")

    assert other_patient.expect("chat")["text"] == "is anybody here?"
    assert [event["type"] for event in other_patient.seen] == ["welcome", "chat"]


def test_chat_reaches_everybody_in_one_order(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    sent = patient.send("chat", text="  <b>Buongiorno</b>\n")

    assert sent.status_code == 204
    assert doctor.expect("chat") == {
        "type": "chat",
        "from": patient.id,
        "name": "patient",
        "text": "<b>Buongiorno</b>",
        "at": START.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    assert patient.expect("chat")["text"] == "<b>Buongiorno</b>"


def test_attendee_without_chat_neither_sends_nor_receives(
    create_room: Create, link_of: Callable[..., str], enter: Enter
) -> None:
    create_room()
    room = create_room(
        participants=[{"user_id": "doctor"}, {"user_id": "patient", "tools": {"whiteboard": True}}]
    )
    doctor, patient = enter(link_of(room, user="doctor")), enter(link_of(room, user="patient"))

    refused = patient.send("chat", text="let me in")
    doctor.send("chat", text="only for me")
    doctor.send("media", microphone=True, camera=True)
    patient.expect("media")

    assert refused.status_code == 403
    assert doctor.expect("chat")["text"] == "only for me"
    assert "chat" not in [event["type"] for event in patient.seen]


def test_device_states_are_forwarded_and_stored(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    doctor.send("media", microphone=True, camera=False)
    told = patient.expect("media")["peer"]
    patient.close()
    doctor.expect("left")
    again = enter(paths["patient"])

    assert told == again.seen[0]["peers"][0]
    assert (told["microphone"], told["camera"]) == (True, False)


def test_no_event_carries_a_link(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])
    doctor.send("media", microphone=True, camera=True)
    doctor.send("chat", text="hello")
    patient.expect("chat")
    doctor.expect("chat")

    events = str([doctor.seen, patient.seen])

    assert doctor.token not in events
    assert patient.token not in events


@pytest.mark.parametrize("token", ["0" * 26, "revoked"])
def test_dead_link_has_no_stream(
    api: Client, site: Client, link_paths: Paths, open_page: Enter, token: str
) -> None:
    path = link_paths()["doctor"]
    if token == "revoked":
        token = path.rpartition("/")[2]
        api.delete(f"/token/delete/{token}")

    page = open_page(token)

    assert page.status == 410
    assert site.get("/_control/state").json()["rooms"][0]["connected"] == []


def test_head_request_does_not_join_the_call(site: Client, link_paths: Paths) -> None:
    token = link_paths()["doctor"].rpartition("/")[2]

    response = site.head(f"/_call/{token}/events")

    assert response.status_code == 405
    assert site.get("/_control/state").json()["rooms"][0]["connected"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b'{"from": "%s", "type": "dance"}', 400),
        (b'{"from": "%s", "type": ["chat"]}', 400),
        (b'{"from": "%s", "type": "chat"}', 400),
        (b'{"from": "%s", "type": "chat", "text": " "}', 400),
        (b'{"from": "%s", "type": "chat", "text": "' + b"x" * 2001 + b'"}', 400),
        (b'{"from": "%s", "type": "media", "microphone": 1, "camera": true}', 400),
        (b'{"from": "%s", "type": "chat", "text": "' + b"x" * 200_000 + b'"}', 413),
        (b'{"from": "somebody", "type": "chat", "text": "hello"}', 409),
        (b'{"type": "leave"}', 409),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_unusable_message_is_refused(
    site: Client, link_paths: Paths, enter: Enter, body: bytes, status: int
) -> None:
    doctor = enter(link_paths()["doctor"])

    response = site.post(f"/_call/{doctor.token}/messages", content=body.replace(b"%s", doctor.id.encode()))

    assert response.status_code == status
    assert response.json()["message"]


def test_message_with_another_persons_link_is_refused(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    response = patient.send("chat", text="I am the doctor", **{"from": doctor.id})

    assert response.status_code == 409
