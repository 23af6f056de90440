"""Attendees and used time of running calls, by the simulator's clock."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Client

from tests.contract.bandyer_simulator.open_pages import OpenPage

type Advance = Callable[[timedelta], None]
type Create = Callable[..., dict[str, Any]]
type Enter = Callable[..., OpenPage]
type Paths = Callable[..., dict[str, str]]

MINUTE = timedelta(minutes=1)


def room_info(api: Client) -> dict[str, Any]:
    room_id = api.get("/room/list").json()["rooms"][0]["room_id"]
    room: dict[str, Any] = api.get(f"/room/info/{room_id}").json()["room"]
    return room


def sessions(api: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/session/list").json()["sessions"]
    return found


def test_room_runs_while_two_are_connected(api: Client, link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    statuses = [room_info(api)["status"]]

    doctor = enter(paths["doctor"])
    statuses.append(room_info(api)["status"])
    patient = enter(paths["patient"])
    statuses.append(room_info(api)["status"])
    patient.close()
    doctor.expect("left")
    statuses.append(room_info(api)["status"])

    assert statuses == ["NOT_RUNNING", "NOT_RUNNING", "RUNNING", "NOT_RUNNING"]


def test_list_shows_the_running_room(api: Client, link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()

    enter(paths["doctor"])
    enter(paths["patient"])

    assert api.get("/room/list").json()["rooms"][0]["status"] == "RUNNING"


def test_time_counts_only_while_two_are_connected(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths(duration=600)

    doctor = enter(paths["doctor"])
    advance(MINUTE)
    patient = enter(paths["patient"])
    advance(2 * MINUTE)
    patient.close()
    doctor.expect("left")
    advance(MINUTE)

    assert room_info(api)["durationUsed"] == 120


def test_fractions_of_a_second_add_up(api: Client, link_paths: Paths, enter: Enter, advance: Advance) -> None:
    paths = link_paths(duration=600)
    doctor = enter(paths["doctor"])

    for _ in range(3):
        patient = enter(paths["patient"])
        advance(timedelta(seconds=1.5))
        patient.close()
        doctor.expect("left")

    assert room_info(api)["durationUsed"] == 4


def test_room_without_duration_counts_and_never_closes(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    enter(paths["doctor"])
    enter(paths["patient"])

    advance(timedelta(days=2))

    room = room_info(api)
    assert (room["durationUsed"], room["status"]) == (172_800, "RUNNING")


def test_session_has_everybody_who_was_connected(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    advance(MINUTE)
    doctor = enter(paths["doctor"])
    patient = enter(paths["patient"])
    advance(timedelta(seconds=90))
    running = sessions(api)
    patient.close()
    doctor.expect("left")
    doctor.send("leave")
    doctor.expect_end()

    ended = sessions(api)

    assert [session["duration"] for session in running] == [None]
    assert [
        (session["duration"], session["connected_participants"], session["creation_date"])
        for session in ended
    ] == [(90, ["doctor", "patient"], "2026-12-01T15:31:00.000Z")]
    assert api.get("/user/patient/session/list").json()["count"] == 1


def test_session_lasts_while_somebody_is_connected(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    doctor = enter(paths["doctor"])
    for minutes in (1, 2):
        patient = enter(paths["patient"])
        advance(minutes * MINUTE)
        patient.send("leave")
        doctor.expect("left")
    doctor.send("leave")
    doctor.expect_end()
    enter(paths["doctor"]).send("leave")

    recorded = sessions(api)

    assert sorted(session["duration"] for session in recorded) == [0, 180]
    assert room_info(api)["dialInfo"]["sessions"]["number"] == 2


def test_activities_are_the_stays_of_each_person(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    doctor = enter(paths["doctor"])
    advance(MINUTE)
    for _ in range(2):
        patient = enter(paths["patient"])
        advance(timedelta(seconds=90))
        patient.send("leave")
        doctor.expect("left")

    (session,) = room_info(api)["dialInfo"]["sessions"]["details"]

    assert session["userActivities"] == [
        {"user": "doctor", "startTime": "2026-12-01T15:30:00.000Z", "stopTime": None, "seconds": 0},
        {
            "user": "patient",
            "startTime": "2026-12-01T15:31:00.000Z",
            "stopTime": "2026-12-01T15:32:30.000Z",
            "seconds": 90,
        },
        {
            "user": "patient",
            "startTime": "2026-12-01T15:32:30.000Z",
            "stopTime": "2026-12-01T15:34:00.000Z",
            "seconds": 90,
        },
    ]


def test_warning_comes_half_a_minute_before_the_end(
    link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths(duration=60)
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    advance(timedelta(seconds=30))
    warnings = [page.expect("time_left") for page in (doctor, patient)]

    assert warnings == [{"type": "time_left", "seconds": 30, "counting": True}] * 2


def test_warning_does_not_come_earlier(link_paths: Paths, enter: Enter, advance: Advance) -> None:
    paths = link_paths(duration=60)
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    advance(timedelta(seconds=29))
    patient.send("chat", text="still here")
    doctor.expect("chat")

    assert [event["type"] for event in doctor.seen] == ["welcome", "joined", "chat"]


def test_last_half_minute_pauses_while_one_is_alone(
    link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths(duration=60)
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])
    advance(timedelta(seconds=40))
    doctor.expect("time_left")

    patient.close()
    alone = doctor.expect("time_left")
    advance(MINUTE)
    enter(paths["patient"])
    together = doctor.expect("time_left")

    assert (alone["seconds"], alone["counting"]) == (20, False)
    assert (together["seconds"], together["counting"]) == (20, True)


def test_newcomer_gets_the_remaining_time(
    create_user: Create,
    create_room: Create,
    link_of: Callable[..., str],
    enter: Enter,
    advance: Advance,
) -> None:
    create_user("doctor", role="plus")
    users = ["doctor", "patient", "relative"]
    for user in users[1:]:
        create_user(user)
    room = create_room(participants=[{"user_id": user} for user in users], duration=60)
    doctor, _ = [enter(link_of(room, user=user)) for user in users[:2]]
    advance(timedelta(seconds=45))
    doctor.expect("time_left")

    relative = enter(link_of(room, user="relative"))

    assert relative.expect("time_left") == {"type": "time_left", "seconds": 15, "counting": True}


def test_used_up_time_ends_the_call_and_closes_the_room(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths(duration=60)
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    advance(timedelta(seconds=75))
    reasons = [page.expect("expelled")["reason"] for page in (doctor, patient)]

    for page in (doctor, patient):
        page.expect_end()
    assert reasons == ["time_up", "time_up"]
    assert (room_info(api)["status"], room_info(api)["durationUsed"]) == ("CLOSED", 60)
    assert [session["duration"] for session in sessions(api)] == [60]


@pytest.mark.parametrize("end", ["delete", "disable", "reset"])
def test_closed_or_deleted_room_expels_everybody(
    api: Client, site: Client, link_paths: Paths, enter: Enter, end: str
) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])
    room_id = room_info(api)["room_id"]

    match end:
        case "delete":
            api.delete(f"/room/delete/{room_id}")
        case "disable":
            api.put(f"/room/disable/{room_id}")
        case _:
            site.post("/_control/reset")

    assert [page.expect("expelled")["reason"] for page in (doctor, patient)] == ["closed", "closed"]


def test_session_of_a_deleted_room_is_closed_too(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    enter(paths["doctor"])
    enter(paths["patient"])
    advance(MINUTE)

    api.delete(f"/room/delete/{room_info(api)['room_id']}")
    advance(MINUTE)

    assert [session["duration"] for session in sessions(api)] == [60]


@pytest.mark.parametrize("end", ["revoke", "delete user"])
def test_dead_link_expels_its_attendee_only(
    api: Client, site: Client, link_paths: Paths, enter: Enter, end: str
) -> None:
    paths = link_paths()
    doctor, patient = enter(paths["doctor"]), enter(paths["patient"])

    if end == "revoke":
        api.delete(f"/token/delete/{patient.token}")
    else:
        api.delete("/user/delete/patient")

    assert patient.expect("expelled")["reason"] == "closed"
    assert doctor.expect("left")["peer"] == patient.id
    assert site.get("/_control/state").json()["rooms"][0]["connected"] == ["doctor"]


def test_second_page_of_a_link_replaces_the_first(site: Client, link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor, first = enter(paths["doctor"]), enter(paths["patient"])
    doctor.expect("joined")

    second = enter(paths["patient"])

    assert first.expect("expelled")["reason"] == "replaced"
    first.expect_end()
    assert doctor.expect("left")["peer"] == first.id
    assert doctor.expect("joined")["peer"]["id"] == second.id
    assert first.send("media", microphone=True, camera=True).status_code == 409
    assert site.get("/_control/state").json()["rooms"][0]["connected"] == ["doctor", "patient"]


def test_replacing_a_page_does_not_stop_the_clock(
    api: Client, link_paths: Paths, enter: Enter, advance: Advance
) -> None:
    paths = link_paths()
    enter(paths["doctor"])
    enter(paths["patient"])
    advance(MINUTE)

    enter(paths["patient"])
    advance(MINUTE)

    assert room_info(api)["durationUsed"] == 120
    assert len(sessions(api)) == 1
