"""Events as CloudEvents 1.0: what every receiver may rely on, and what no event may hold."""

import json
import re
from dataclasses import replace

import pytest

from teleconsultation.domain.events import Event, EventType, news_of
from teleconsultation.publishing.cloud_event import cloud_event, encoded
from tests.fakes.events import NAMED, of_every_type
from tests.fakes.watch import NOON


def test_the_sample_has_every_type() -> None:
    assert {event.type for event in of_every_type()} == set(EventType)


def test_an_event_has_what_cloudevents_asks_for() -> None:
    event = news_of(None, NAMED, change_id="w", written_at=NOON).events[0]

    told = cloud_event(event, deployment="clinic")

    assert told == {
        "specversion": "1.0",
        "id": event.id,
        "source": "urn:teleconsultation:clinic",
        "type": "teleconsultation.created",
        "subject": NAMED.id,
        "time": "2026-12-01T12:00:00.000Z",
        "timestamp": "2026-12-01T12:00:00.000Z",
        "sequence": "0000000001",
        "dataschema": "urn:teleconsultation:schema:teleconsultation.created:1",
        "datacontenttype": "application/json",
        "data": {
            "roomId": NAMED.id,
            "version": 1,
            "startDate": "2026-12-01T15:30:00.000Z",
            "endDate": "2026-12-01T16:30:00.000Z",
            "participantsNumber": 2,
            "participantsKnown": 2,
            "opensAt": "2026-12-01T15:20:00.000Z",
            "closesAt": "2026-12-01T16:45:00.000Z",
        },
    }
    # https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#attribute-naming-convention
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in told)


@pytest.mark.parametrize("event", of_every_type(), ids=lambda event: event.type.value)
def test_no_event_has_a_name_an_id_of_a_person_or_a_link(event: Event) -> None:
    text = encoded(cloud_event(event, deployment="clinic"))

    for person in NAMED.participants:
        for secret in (person.full_name, person.external_id, person.bandyer_user_id):
            assert secret not in text
    assert "http" not in text
    assert "Neri" not in text
    assert "room_" not in text
    assert len(text) < 1000


def test_the_sequence_orders_versions_as_text() -> None:
    event = news_of(None, NAMED, change_id="w", written_at=NOON).events[0]

    sequences = [
        json.loads(encoded(cloud_event(replace(event, version=version), deployment="clinic")))["sequence"]
        for version in (2, 10, 123_456)
    ]

    assert sequences == sorted(sequences)
