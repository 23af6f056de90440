"""Screen sharing, whiteboard and files of a call: who may use them, and who gets what of them."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client, Response

from local.bandyer_simulator.calls.files import MAX_FILE_BYTES
from tests.contract.bandyer_simulator.open_pages import OpenPage

type Create = Callable[..., dict[str, Any]]
type Enter = Callable[..., OpenPage]
type Paths = Callable[..., dict[str, str]]

LINE = [[0, 0], [1600, 1000]]
REPORT = b"%PDF-1.7 a report"


@pytest.fixture
def people(link_paths: Paths, enter: Enter) -> Callable[..., tuple[OpenPage, OpenPage]]:
    """Lets doctor and patient enter one call; the patient has the given tools, or all."""

    def people(**patients: Any) -> tuple[OpenPage, OpenPage]:
        paths = link_paths(participants=[{"user_id": "doctor"}, {"user_id": "patient", **patients}])
        return enter(paths["doctor"]), enter(paths["patient"])

    return people


type People = Callable[..., tuple[OpenPage, OpenPage]]


def send_file(site: Client, page: OpenPage, *, name: str = "report.pdf", content: bytes = REPORT) -> Response:
    return site.post(f"/_call/{page.token}/files", params={"from": page.id, "name": name}, content=content)


def kinds(page: OpenPage) -> set[str]:
    return {event["type"] for event in page.seen}


def test_everybody_learns_who_shares_a_screen(people: People) -> None:
    doctor, patient = people()

    begun = patient.send("screen", on=True)
    shown = [page.expect("screen")["presenter"] for page in (doctor, patient)]
    ended = patient.send("screen", on=False)

    assert (begun.status_code, ended.status_code) == (204, 204)
    assert shown == [patient.id, patient.id]
    assert doctor.expect("screen") == {"type": "screen", "presenter": None}


def test_a_newcomer_learns_who_shares_a_screen(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor = enter(paths["doctor"])
    doctor.send("screen", on=True)

    patient = enter(paths["patient"])

    assert patient.seen[0]["presenter"] == doctor.id


def test_one_screen_is_shared_at_a_time_and_leaving_ends_it(people: People) -> None:
    doctor, patient = people()
    doctor.send("screen", on=True)

    refused = patient.send("screen", on=True)
    doctor.send("leave")
    patient.expect("left")

    assert refused.status_code == 409
    assert patient.send("screen", on=True).status_code == 204


def test_a_line_reaches_everybody_in_the_colour_of_its_seat(people: People) -> None:
    doctor, patient = people()

    patient.send("stroke", points=LINE)

    drawn = {"type": "stroke", "from": patient.id, "name": "patient", "seat": 1, "points": LINE}
    assert [page.expect("stroke") for page in (doctor, patient)] == [drawn, drawn]


def test_the_whiteboard_outlives_its_people_until_it_is_wiped(link_paths: Paths, enter: Enter) -> None:
    paths = link_paths()
    doctor = enter(paths["doctor"])
    doctor.send("stroke", points=LINE)
    doctor.send("leave")

    patient = enter(paths["patient"])
    patient.send("wipe")

    assert patient.seen[0]["strokes"] == [{"seat": 0, "points": LINE}]
    patient.expect("wipe")
    assert enter(paths["doctor"]).seen[0]["strokes"] == []


@pytest.mark.parametrize(
    "points",
    [
        None,
        [],
        [[0]],
        [[0, 1.5]],
        [[0, True]],
        [["0", "0"]],
        [[-1, 0]],
        [[0, 1001]],
        [[1601, 0]],
        [[0, 0]] * 201,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_line_that_is_none_is_refused(people: People, points: object) -> None:
    doctor, _ = people()

    assert doctor.send("stroke", points=points).status_code == 400


def test_a_full_whiteboard_takes_no_more_lines(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.bandyer_simulator.calls.messages.MAX_STROKES", 1)
    doctor, _ = people()

    answers = [doctor.send("stroke", points=LINE).status_code for _ in range(2)]

    assert answers == [204, 409]


def test_a_file_reaches_everybody_and_is_an_upload_of_the_room(
    api: Client, site: Client, people: People
) -> None:
    doctor, patient = people()

    sent = send_file(site, patient, name="  Röntgen <1>.pdf ")
    events = [page.expect("file") for page in (doctor, patient)]
    downloaded = site.get(events[0]["file"]["url"])

    assert sent.status_code == 204
    assert events[0] == events[1]
    assert (events[0]["name"], events[0]["file"]["name"]) == ("patient", "Röntgen <1>.pdf")
    assert downloaded.content == REPORT
    assert downloaded.headers["content-type"] == "application/octet-stream"
    disposition = "attachment; filename*=UTF-8''R%C3%B6ntgen%20%3C1%3E.pdf"
    assert downloaded.headers["content-disposition"] == disposition
    room_id = api.get("/room/list").json()["rooms"][0]["room_id"]
    [upload] = api.get(f"/room/{room_id}/upload/list").json()["uploads"]
    assert (upload["user_id"], upload["upload_type"]) == ("patient", "file_upload")
    assert api.get("/session/list").json()["sessions"][0]["session_id"] == upload["session_id"]
    resource = api.get("/upload/resource", params={"upload_key": upload["key"]}).json()
    assert resource["url"].endswith(events[0]["file"]["url"])
    assert "patient" not in resource["url"]


def test_a_deleted_file_is_gone(api: Client, site: Client, people: People) -> None:
    doctor, _ = people()
    send_file(site, doctor)
    url = doctor.expect("file")["file"]["url"]

    [upload] = api.get("/upload/list").json()["uploads"]
    api.request("DELETE", "/upload/resource", json={"upload_key": upload["key"]})

    assert site.get(url).status_code == 404


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb", "a\u202eb"], ids=repr)
def test_a_file_without_a_usable_name_is_refused(site: Client, people: People, name: str) -> None:
    doctor, _ = people()

    assert send_file(site, doctor, name=name).status_code == 400


def test_a_large_file_is_refused(api: Client, site: Client, people: People) -> None:
    doctor, _ = people()

    refused = send_file(site, doctor, content=b"x" * (MAX_FILE_BYTES + 1))

    assert refused.status_code == 413
    assert api.get("/upload/list").json()["uploads"] == []


def test_a_file_needs_a_person_in_the_call(api: Client, site: Client, people: People) -> None:
    doctor, patient = people()
    patient.send("leave")
    doctor.expect("left")

    refused = send_file(site, patient)

    assert refused.status_code == 409
    assert api.get("/upload/list").json()["uploads"] == []


def test_a_participant_without_a_tool_neither_sends_nor_receives_with_it(
    api: Client, site: Client, people: People
) -> None:
    doctor, patient = people(tools={"chat": True})

    refused = [
        patient.send("screen", on=True),
        patient.send("stroke", points=LINE),
        patient.send("wipe"),
        send_file(site, patient),
    ]
    doctor.send("stroke", points=LINE)
    send_file(site, doctor)
    doctor.send("chat", text="the end")
    patient.expect("chat")
    doctor.expect("chat")

    assert [answer.status_code for answer in refused] == [403] * 4
    assert {"stroke", "file"} <= kinds(doctor)
    assert kinds(patient) == {"welcome", "chat"}
    assert [upload["user_id"] for upload in api.get("/upload/list").json()["uploads"]] == ["doctor"]


def test_a_participant_without_pen_and_eraser_sees_the_whiteboard(people: People) -> None:
    doctor, patient = people(tools={"whiteboard": {"wb_cursor": True}})

    refused = [patient.send("stroke", points=LINE), patient.send("wipe")]
    doctor.send("stroke", points=LINE)

    assert [answer.status_code for answer in refused] == [403, 403]
    assert patient.expect("stroke")["points"] == LINE
