"""The table's stream, as Lambda hands it to a function, over the storage in memory."""

from collections.abc import Callable
from typing import Any

from teleconsultation.domain.call import Call
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.storage.call_items import call_key, fact_name, fact_value
from teleconsultation.storage.items import Item, teleconsultation_item, teleconsultation_key

type Record = dict[str, Any]


def stream_record(
    before: Teleconsultation | None,
    after: Teleconsultation | None,
    *,
    number: int = 1,
    write_id: str | None = None,
    seconds: float = 1_796_000_000.0,
) -> Record:
    """Return a record of the stream for a write that replaced `before` by `after`."""
    one = after or before
    assert one is not None
    return item_record(
        teleconsultation_key(one.id),
        None if before is None else _image(before, write_id=f"before {write_id or number}"),
        None if after is None else _image(after, write_id=write_id or f"write {number}"),
        number=number,
        seconds=seconds,
    )


def item_record(
    key: Item, before: Item | None, after: Item | None, *, number: int = 1, seconds: float = 1_796_000_000.0
) -> Record:
    """Return a record of the stream for a write of any item."""
    written: Record = {
        "ApproximateCreationDateTime": seconds,
        "Keys": key,
        "SequenceNumber": str(number),
        "SizeBytes": 1,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if before is not None:
        written["OldImage"] = before
    if after is not None:
        written["NewImage"] = after
    return {
        "eventID": f"stream {number}",
        "eventName": "INSERT" if before is None else "REMOVE" if after is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": written,
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/2026-12-01T00:00:00.000",
    }


def _image(teleconsultation: Teleconsultation, *, write_id: str) -> Record:
    return teleconsultation_item(teleconsultation) | {
        "writeId": {"S": write_id},
        "expiresAt": {"N": "1800000000"},
    }


class Recorder:
    """Records what a storage in memory writes, as the table's stream does."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.records: list[Record] = []
        self._now = now

    def __call__(self, before: Teleconsultation | None, after: Teleconsultation | None) -> None:
        """Add the record of a write; one that changes nothing has none, as in DynamoDB."""
        if before != after:
            number = len(self.records) + 1
            self.records.append(stream_record(before, after, number=number, seconds=self._now()))

    def of_call(self, teleconsultation_id: str, before: Call, after: Call, *, version: int) -> None:
        """Add the record of a write to what is known of a call."""
        if before != after:
            key = call_key(teleconsultation_id)
            images = [
                key
                | {"visitVersion": {"N": str(version)}}
                | {fact_name(fact.id): fact_value(fact) for fact in call.facts}
                for call in (before, after)
            ]
            number = len(self.records) + 1
            self.records.append(item_record(key, *images, number=number, seconds=self._now()))
