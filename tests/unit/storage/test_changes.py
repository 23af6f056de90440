"""Records of the table's stream, as they come: of visits, of other items, of other versions."""

import pytest

from teleconsultation.domain.call import Fact, FactKind
from teleconsultation.domain.events import EventType, News
from teleconsultation.storage.call_items import fact_name, fact_value
from teleconsultation.storage.changes import read_news
from tests.fakes.samples import teleconsultation
from tests.fakes.stream import Record, stream_record
from tests.fakes.watch import NOON


def test_a_visits_first_image_is_its_creation() -> None:
    after = teleconsultation()

    [event] = read_news(stream_record(None, after, write_id="w")).events

    assert (event.type, event.teleconsultation_id, event.change_id) == (EventType.CREATED, after.id, "w")


@pytest.mark.parametrize(
    "key", ["USER#patient-1", "WALK", "REQUEST#1", "CALL#1", "EVENT#1", "ROOM#1", "NEW#1"]
)
def test_other_items_are_no_news(key: str) -> None:
    record = stream_record(None, teleconsultation())
    record["dynamodb"]["Keys"] = {"pk": {"S": key}}
    record["dynamodb"]["NewImage"] = {"pk": {"S": key}}

    assert read_news(record) == News()


def test_a_fact_of_a_call_is_news_once() -> None:
    joined = Fact(id="1", kind=FactKind.JOINED, at=NOON, session_id="s", seat=0)
    ended = Fact(id="2", kind=FactKind.ENDED, at=NOON, session_id="s")
    record = stream_record(None, teleconsultation())
    images = {
        "OldImage": {fact_name(joined.id): fact_value(joined)},
        "NewImage": {fact_name(fact.id): fact_value(fact) for fact in (joined, ended)}
        | {"visitVersion": {"N": "5"}},
    }
    record["dynamodb"] |= {"Keys": {"pk": {"S": f"CALL#{'0' * 24}"}}, **images}

    [event] = read_news(record).events

    assert (event.type, event.teleconsultation_id, event.version, event.change_id) == (
        EventType.CALL_ENDED,
        "0" * 24,
        5,
        "2",
    )


def test_a_record_that_expired_is_no_news() -> None:
    assert read_news(stream_record(teleconsultation(), None)) == News()


def test_attributes_of_a_later_version_do_not_matter() -> None:
    record = stream_record(None, teleconsultation())
    record["dynamodb"]["NewImage"]["reference"] = {"S": "booking 1"}

    assert len(read_news(record).events) == 1


def test_an_image_without_a_write_id_has_the_streams() -> None:
    record = stream_record(None, teleconsultation(), number=7)
    del record["dynamodb"]["NewImage"]["writeId"]

    [event] = read_news(record).events

    assert event.change_id == "stream 7"


def _without(record: Record, *path: str) -> Record:
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return record


@pytest.mark.parametrize(
    "path",
    [("dynamodb",), ("dynamodb", "Keys"), ("dynamodb", "NewImage", "version"), ("eventID",)],
    ids=str,
)
def test_what_cannot_be_read_says_so(path: tuple[str, ...]) -> None:
    record = _without(stream_record(None, teleconsultation()), *path)

    with pytest.raises(KeyError):
        read_news(record)
