"""Records of the table's stream, as they come: of visits, of other items, of other versions."""

import pytest

from teleconsultation.domain.events import EventType, News
from teleconsultation.storage.changes import read_news
from tests.fakes.samples import teleconsultation
from tests.fakes.stream import Record, stream_record


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
