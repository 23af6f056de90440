"""The judge of our resources of FHIR must itself be able to say no."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.fhir_definitions import DATATYPE, VIRTUAL_SERVICE, appointment

type Json = dict[str, Any]

FINE: Json = {
    "resourceType": "Appointment",
    "status": "booked",
    "start": "2026-12-01T15:30:00.000Z",
    "end": "2026-12-01T16:30:00.000Z",
    "participant": [{"actor": {"display": "Dr. X"}, "status": "accepted"}],
    "extension": [
        {
            "url": VIRTUAL_SERVICE,
            "extension": [
                {"url": DATATYPE, "valueString": "VirtualServiceDetail"},
                {
                    "url": "address",
                    "extension": [
                        {"url": DATATYPE, "valueString": "ExtendedContactDetail"},
                        {"url": "telecom", "valueContactPoint": {"system": "url", "value": "https://x"}},
                    ],
                },
            ],
        }
    ],
}


def service(*extensions: Json) -> Json:
    return {"extension": [{"url": VIRTUAL_SERVICE, "extension": list(extensions)}]}


DETAIL = {"url": DATATYPE, "valueString": "VirtualServiceDetail"}


def test_what_fits_is_accepted() -> None:
    assert appointment(json.dumps(FINE)) == FINE


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "open"},
        {"status": None},
        {"room": "1"},
        {"id": "no_underscore"},
        {"identifier": [{"value": ""}]},
        {"start": "2026-12-01T15:30:00"},
        {"minutesDuration": 0},
        {"participant": []},
        {"participant": [{"status": "accepted"}]},
        {"participant": [{"status": "yes", "actor": {"display": "x"}}]},
        {"participant": [{"status": "accepted", "actor": {}}]},
        {"cancelationReason": {"text": "x"}},
        {"extension": [{"url": "https://x", "valueString": "a", "extension": [DETAIL]}]},
        {"extension": [{"url": "https://x", "valueString": "a", "valueCode": "b"}]},
        service({"url": "sessionKey", "valueString": "x"}),
        service(DETAIL, DETAIL),
        service(DETAIL, {"url": "link", "valueUrl": "https://x"}),
        service(DETAIL, {"url": "address", "valueUrl": "https://x"}),
        service(DETAIL, {"url": "address", "extension": [{"url": "name", "valueHumanName": {"text": "x"}}]}),
        service(DETAIL, {"url": "sessionKey", "valueCode": "x"}),
        service({"url": DATATYPE, "valueString": "Other"}),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(changes: Json) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError)):
        appointment(json.dumps(deepcopy(FINE) | changes))


def test_one_end_of_the_time_is_too_little() -> None:
    with pytest.raises(AssertionError):
        appointment(json.dumps({name: value for name, value in FINE.items() if name != "end"}))
