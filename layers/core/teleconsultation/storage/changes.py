"""What the table's stream says: the old and the new image of each write, read as news.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from teleconsultation.domain.events import News, news_of, news_of_facts
from teleconsultation.storage.call_items import read_call_item
from teleconsultation.storage.dynamodb import JsonObject
from teleconsultation.storage.items import Item, read_teleconsultation_item


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One write of one item."""

    key: str = field(repr=False)
    """The item's primary key."""
    before: Item | None = field(repr=False)
    after: Item | None = field(repr=False)
    event_id: str
    """The stream's id of this write."""
    written_at: datetime


def read_news(record: JsonObject) -> News:
    """Return what follows from one record of the stream; nothing from a kind of item that is not announced.

    Raises:
        KeyError, TypeError, ValueError: the record is not one of the stream's, or an image is not readable.
    """
    written = record["dynamodb"]
    key: str = written["Keys"]["pk"]["S"]
    kind = key.partition("#")[0]
    if kind not in NEWS_OF:
        return News()
    return NEWS_OF[kind](
        Change(
            key=key,
            before=written.get("OldImage"),
            after=written.get("NewImage"),
            event_id=record["eventID"],
            written_at=datetime.fromtimestamp(written["ApproximateCreationDateTime"], tz=UTC),
        )
    )


def _of_teleconsultation(change: Change) -> News:
    after = change.after or {}
    return news_of(
        read_teleconsultation_item(change.before) if change.before else None,
        read_teleconsultation_item(after) if after else None,
        # Each write has a random id of its own, also one that a restored table gives the number of a version
        # that it has lost. Records of early versions have none.
        change_id=after["writeId"]["S"] if "writeId" in after else change.event_id,
        written_at=change.written_at,
    )


def _of_call(change: Change) -> News:
    after = change.after or {}
    known = {fact.id for fact in read_call_item(change.before or {}).facts}
    return news_of_facts(
        [fact for fact in read_call_item(after).facts if fact.id not in known],
        teleconsultation_id=change.key.removeprefix("CALL#"),
        version=int(after["visitVersion"]["N"]) if "visitVersion" in after else 1,
    )


NEWS_OF: Mapping[str, Callable[[Change], News]] = {
    "TELECONSULTATION": _of_teleconsultation,
    "CALL": _of_call,
}
"""Kind of item (its key up to the #) -> what follows from a write. The filter of the stream in template.yaml
names the same kinds.
"""
