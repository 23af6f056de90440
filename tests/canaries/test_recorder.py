"""The check finds every kind in every channel where it does not belong, and says so without repeating it."""

import pytest

from local.demonstration import BOOKING_SYSTEM_ID
from local.sign_in import DOCTOR_ID, PATIENT_ID
from teleconsultation.use_cases.guests import Invitee
from tests.canaries.places import BELONGS, MARKERS, OF_CALLERS, Channel, Kind
from tests.canaries.recorder import FINGERPRINT_LENGTH, Recorder
from tests.fakes import samples
from tests.integration.api import client

SECRET = "qk3Vw9-XzT_7LmB2cRyN8sDfGhJ4pEuA"
LEARNED = (Kind.ACCESS_LINK, Kind.JOIN_SECRET)
MISPLACED = [
    pytest.param(kind, channel, id=f"{kind} in {channel}")
    for kind in Kind
    for channel in Channel
    if channel not in BELONGS[kind]
]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.mark.parametrize(("kind", "channel"), MISPLACED)
def test_what_does_not_belong_there_is_a_leak(recorder: Recorder, kind: Kind, channel: Channel) -> None:
    for marker in MARKERS[kind]:
        recorder.read(channel, f'{{"detail": "before {marker} after"}}', where=marker)

    found = {(leak.kind, leak.channel, leak.where) for leak in recorder.leaks}
    assert found >= {(kind, channel, marker) for marker in MARKERS[kind]}


@pytest.mark.parametrize("kind", Kind)
def test_what_belongs_there_is_none(recorder: Recorder, kind: Kind) -> None:
    for channel in BELONGS[kind]:
        for marker in MARKERS[kind]:
            recorder.read(channel, marker)

    assert not {leak for leak in recorder.leaks if leak.kind is kind}


@pytest.mark.parametrize("channel", Channel)
def test_a_fuzzer_may_send_our_own_words_and_they_may_go_where_callers_words_go(
    recorder: Recorder, channel: Channel
) -> None:
    recorder.read(
        channel, "before local-user-id-key after", where="tests/integration/api/hostile/test_x.py::y"
    )

    assert bool(recorder.leaks) == (channel not in OF_CALLERS)


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize(
    "text", [SECRET, f"token={SECRET}", f"x{SECRET}x", SECRET[: FINGERPRINT_LENGTH + 1]], ids=repr
)
def test_a_random_secret_is_known_once_it_is_learned(recorder: Recorder, kind: Kind, text: str) -> None:
    recorder.read(Channel.LOG, text)
    recorder.learn(kind, SECRET)
    recorder.read(Channel.ERROR_BODY, text)

    assert [(leak.kind, leak.channel) for leak in recorder.leaks] == [(kind, Channel.ERROR_BODY)]


@pytest.mark.parametrize(
    ("kind", "channel", "answer"),
    [
        (Kind.JOIN_SECRET, Channel.MANAGEMENT_ANSWER, f"https://visits.example/x#j={SECRET}"),
        (Kind.ACCESS_LINK, Channel.GET_ANSWER, f"https://x/direct-rest-call-handler/{SECRET}?a=b"),
    ],
    ids=["join secret", "access link"],
)
def test_a_secret_is_learned_from_the_answer_that_carries_it(
    recorder: Recorder, kind: Kind, channel: Channel, answer: str
) -> None:
    recorder.read(channel, answer)

    recorder.read(Channel.LOG, SECRET)

    assert [leak.kind for leak in recorder.leaks] == [kind]


@pytest.mark.parametrize("written", ["joe smith", "Joe%20Smith", "Joe+Smith", "J%6fe Smith"])
def test_another_spelling_hides_nothing(recorder: Recorder, written: str) -> None:
    recorder.read(Channel.PROVIDER_URL, f"https://provider/room?name={written}")

    assert [leak.kind for leak in recorder.leaks] == [Kind.NAME]


@pytest.mark.parametrize("text", ["Bearer a.b.xUsR_y", "nonce=0-usr_0", "_usr_", "nusr_"])
def test_a_random_text_with_the_letters_of_a_providers_user_id_is_none(recorder: Recorder, text: str) -> None:
    recorder.read(Channel.LOG, text)

    assert recorder.leaks == {}


@pytest.mark.parametrize(
    "text", ["usr_0a", '{"id":"usr_0a"}', "/user/usr_0a", "a.b.xusr_ and usr_0a", "a\\nusr_0a", "id%3Dusr_0a"]
)
def test_a_providers_user_id_is_found_wherever_it_begins(recorder: Recorder, text: str) -> None:
    recorder.read(Channel.LOG, text)

    assert {leak.kind for leak in recorder.leaks} == {Kind.PROVIDER_USER_ID}


def test_a_text_is_told_under_the_kind_it_is_of_alone(recorder: Recorder) -> None:
    recorder.read(Channel.PROVIDER_HEADERS, '{"apikey": "ak_canary"}')

    assert recorder.verdict() == []
    assert recorder.seen == {(Kind.API_KEY, Channel.PROVIDER_HEADERS)}


def test_a_leak_names_its_author_and_hides_what_it_found(recorder: Recorder) -> None:
    recorder.learn(Kind.JOIN_SECRET, SECRET)

    recorder.read(Channel.LOG, f"joined with {SECRET} by Joe Smith of doctor-1@canary.example")

    problems = "\n".join(recorder.verdict())
    assert "test_recorder.py::test_a_leak_names_its_author_and_hides_what_it_found" in problems
    assert "joined with <join secret> by <name>" in problems
    hidden = (SECRET[:8], SECRET[-8:], "Joe", "doctor-1", "canary.example")
    assert not any(text in problems for text in hidden)


def test_the_same_leak_is_told_once(recorder: Recorder) -> None:
    for _ in range(3):
        recorder.read(Channel.LOG, "Joe Smith")

    assert len(recorder.verdict()) == 1


@pytest.mark.parametrize("person", [samples.doctor(), samples.patient()], ids=["doctor", "patient"])
def test_the_people_of_the_samples_are_canaries(recorder: Recorder, person: Invitee) -> None:
    recorder.read(Channel.LOG, str(person.full_name))
    recorder.read(Channel.METRIC, person.external_id)

    assert {(Kind.NAME, Channel.LOG), (Kind.EXTERNAL_ID, Channel.METRIC)} <= {
        (leak.kind, leak.channel) for leak in recorder.leaks
    }


@pytest.mark.parametrize("person", [client.doctor(), client.patient()], ids=["doctor", "patient"])
def test_the_people_of_the_requests_are_canaries(recorder: Recorder, person: client.Json) -> None:
    recorder.read(Channel.LOG, person["fullName"])
    recorder.read(Channel.METRIC, person["userExternalId"])

    assert {(Kind.NAME, Channel.LOG), (Kind.EXTERNAL_ID, Channel.METRIC)} <= {
        (leak.kind, leak.channel) for leak in recorder.leaks
    }


@pytest.mark.parametrize("external_id", [DOCTOR_ID, PATIENT_ID, BOOKING_SYSTEM_ID])
def test_the_people_of_the_demonstration_are_canaries(recorder: Recorder, external_id: str) -> None:
    recorder.read(Channel.LOG, external_id)

    assert [leak.kind for leak in recorder.leaks] == [Kind.EXTERNAL_ID]
