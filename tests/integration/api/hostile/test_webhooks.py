"""No signature and no signed event breaks the function, is repeated, or does a thing when it is refused."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.api_gateway import http_event
from tests.fakes.provider_events import signature
from tests.integration.api.hostile.functions import SIGNING_KEY, Functions
from tests.integration.api.hostile.tally import cases
from tests.integration.api.hostile.values import CANARY
from tests.integration.api.hostile.values import texts as hostile_texts

KNOWN = ["on_user_connected", "on_user_disconnected", "on_session_started", "on_session_ended"]
ROOMS = ["on_room_created", "on_room_disabled", "on_room_deleted"]

# The check of personal data takes the id of a person in an event for one that we have told the provider.
texts = hostile_texts.filter(lambda text: "doctor-1" not in text)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    texts,
    st.just("room_1"),
    st.builds(lambda text: text + CANARY, texts),
)
data = st.dictionaries(
    st.sampled_from(["room_id", "session_id", "user_id", "timestamp", "description", "x"]), values
)
documents = st.fixed_dictionaries(
    {"event": st.one_of(st.sampled_from([*KNOWN, *ROOMS]), values)},
    optional={"data": st.one_of(data, values, data.map(json.dumps)), "timestamp": values, "more": values},
)


def _event(body: str, *, made: str | None) -> dict[str, Any]:
    headers = {} if made is None else {"bandyer-signature": made}
    event = http_event("POST", body=body, headers=headers, join=True)
    return event | {"routeKey": "POST /webhooks/bandyer", "rawPath": "/api/webhooks/bandyer"}


def test_no_signature(functions: Functions) -> None:
    @cases(200)
    @given(
        made=st.one_of(
            st.none(),
            texts,
            st.builds("t={},v0={}".format, st.integers(), texts),
            st.builds("t={},v0={}".format, texts, st.text("0123456789abcdef", min_size=64, max_size=64)),
        ),
        body=texts,
    )
    def try_it(made: str | None, body: str) -> None:
        service = functions.deploy()

        response = functions.send(_event(body, made=made), service=service, kind="signatures")

        assert response.status == 401

    try_it()


def test_no_signed_event(functions: Functions) -> None:
    @cases(300)
    @given(document=documents)
    def try_it(document: dict[str, Any]) -> None:
        service = functions.deploy()
        body = json.dumps(document)
        made = signature(body, key=SIGNING_KEY, at=service.clock())

        response = functions.send(_event(body, made=made), service=service, kind="signed events")

        assert response.status == 200

    try_it()
