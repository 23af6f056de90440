"""The same over a socket, down to the table and the provider: what only bytes on a wire can say."""

import http.client
import json
import socket
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.utils import base64url_encode

from local.gateway.exchange import Response
from local.stack import Stack
from tests.integration.api.client import MANAGER, PATIENT, ApiClient, World, dates, visit
from tests.integration.api.hostile.bodies import VALID, distortions, mutants
from tests.integration.api.hostile.functions import check_answer
from tests.integration.api.hostile.tally import Tally, cases
from tests.integration.api.hostile.test_envelopes import entity_tags, preferences
from tests.integration.api.hostile.values import CANARY, FRAGMENTS, TEXTS

TIMEOUT_SECONDS = 30
UNKNOWN_ID = "0123456789abcdef01234567"
OPERATIONS = ["POST", "GET", "PATCH", "DELETE", "join"]

type Header = tuple[bytes, bytes]

# What RFC 9110, section 5.5, lets stand in a field's value: anything but controls, and no blanks around it.
field_values = st.binary(max_size=40).map(
    lambda value: bytes(octet for octet in value + CANARY.encode() if octet >= 0x20 and octet != 0x7F).strip()
)
field_names = st.text("abcXYZ-_0!#$%&'*+.^`|~", min_size=1, max_size=20).map(lambda name: f"x{name}".encode())
# Any bytes at all, percent-encoded or, where a target may hold them, as they are.
targets = st.one_of(
    st.binary(max_size=30).map(quote),
    st.sampled_from(TEXTS).map(lambda text: quote(text[:1000].encode("utf-8", "surrogatepass"))),
    st.sampled_from(
        [
            "..",
            "%2e%2e",
            "%2F",
            "%00",
            "%ff",
            "%C0%AF",
            "%ED%A0%80",
            "%",
            "%zz",
            "%25",
            "a%2Fjoin",
            "a;b",
            "*",
        ]
    ),
    st.text("%0aAfF/.;=&+", max_size=20),
)


class Wire:
    """A client that sends what it is told, be it wise or not."""

    def __init__(self, stack: Stack) -> None:
        address = urlsplit(stack.api_url)
        assert address.hostname is not None
        self._address = (address.hostname, address.port)
        self._path = address.path

    def send(self, method: str, path: str, *, headers: Sequence[Header] = (), body: bytes = b"") -> Response:
        fields = [(b"host", b"127.0.0.1"), (b"connection", b"close"), *headers]
        if body:
            fields.append((b"content-length", str(len(body)).encode()))
        head = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
        with socket.create_connection(self._address, timeout=TIMEOUT_SECONDS) as connection:
            connection.sendall(f"{method} {self._path}{path} HTTP/1.1\r\n".encode() + head + b"\r\n" + body)
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            content = answer.read()
        received = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Response(
            status=answer.status,
            headers=tuple((name, value) for name, value in received if name != "connection"),
            body=content,
        )


class Caller:
    """Sends requests as somebody who is let in, and holds every answer to what was promised."""

    def __init__(self, *, api: ApiClient, world: World, tally: Tally) -> None:
        self._api = api
        self._world = world
        self._tally = tally
        self._wire = Wire(api.stack)
        self._before = world.snapshot()
        self._visit_id = ""
        self._secret = ""

    def request(
        self,
        operation: str,
        *,
        kind: str,
        target: str | None = None,
        query: str = "",
        headers: Sequence[Header] = (),
        body: bytes | None = None,
    ) -> Response:
        """Send one request about a visit that stands, unless `target` is another id."""
        method = "GET" if operation == "join" else operation
        self._make_visit()
        token = self._secret if operation == "join" else self._api.token(MANAGER, manage=True)
        path = "/teleconsultation" if operation == "POST" else "/teleconsultation/{id}"
        path += "/join" if operation == "join" else ""
        given = {name.lower() for name, _ in headers}
        ours = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]

        response = self._wire.send(
            method,
            path.replace("{id}", self._visit_id if target is None else target) + (query and f"?{query}"),
            headers=[*(one for one in ours if one[0] not in given), *headers],
            body=_body(operation) if body is None else body,
        )

        self._tally.add(kind, status=response.status)
        self._check(response, route=f"{method} {path}")
        return response

    def _make_visit(self) -> None:
        if not self._visit_id:
            self._visit_id, secrets = self._api.invite()
            self._secret = secrets[PATIENT]
            self._before = self._world.snapshot()

    def _check(self, response: Response, *, route: str) -> None:
        assert response.status < 500
        if response.status == 404 and b'"code"' not in response.body:
            # Not one of our routes: a hostile id can hold a slash.
            assert json.loads(response.body) == {"message": "Not Found"}
        else:
            check_answer(response, route=route, contract=self._api.contract)
        after = self._world.snapshot()
        if response.status >= 400:
            assert after == self._before, f"{response.status}, and yet something has changed"
        elif route.startswith("DELETE"):
            self._visit_id = ""
        self._before = after


def _body(operation: str) -> bytes:
    if operation == "POST":
        return json.dumps(visit()).encode()
    return json.dumps(dates(start_in_seconds=7200)).encode() if operation == "PATCH" else b""


@pytest.fixture
def caller(api: ApiClient, world: World, tally: Tally) -> Caller:
    return Caller(api=api, world=world, tally=tally)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_bytes_in_headers(caller: Caller, operation: str) -> None:
    tags = st.one_of(entity_tags, preferences).map(lambda text: text[:200].encode("latin-1", "replace"))
    read = st.sampled_from(
        [b"If-Match", b"Prefer", b"Content-Type", b"Idempotency-Key", b"Authorization", b"Cookie"]
    )
    header = st.tuples(
        st.one_of(read, field_names),
        st.one_of(
            field_values,
            tags.map(
                lambda value: bytes(octet for octet in value if octet >= 0x20 and octet != 0x7F).strip()
            ),
            field_values.map(lambda value: b"Bearer " + value),
            st.sampled_from([1, 1000, 8000, 10_000, 12_000]).map(lambda count: b"x" * count),
        ),
    )

    @cases(25)
    @given(headers=st.lists(header, min_size=1, max_size=4))
    def try_it(headers: list[Header]) -> None:
        caller.request(operation, kind="wire headers", headers=headers)

    try_it()


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation != "POST"])
def test_no_bytes_in_paths(caller: Caller, operation: str) -> None:
    @cases(25)
    @given(target=targets)
    def try_it(target: str) -> None:
        response = caller.request(operation, kind="wire paths", target=target)

        assert response.status >= 400

    try_it()


@pytest.mark.parametrize("operation", ["GET", "join"])
def test_no_bytes_in_queries(caller: Caller, operation: str) -> None:
    @cases(20)
    @given(name=st.sampled_from(["", "language=", "language[]=", "language=it&language="]), value=targets)
    def try_it(name: str, value: str) -> None:
        response = caller.request(operation, kind="wire queries", query=name + value)

        assert response.status == 200

    try_it()


@pytest.mark.parametrize("operation", ["POST", "PATCH"])
def test_no_bytes_in_bodies(caller: Caller, operation: str) -> None:
    @cases(50)
    @given(body=st.one_of(mutants(VALID[operation]), distortions(VALID[operation]), st.binary()))
    def try_it(body: bytes) -> None:
        caller.request(operation, kind="wire bodies", body=body)

    try_it()


def test_the_largest_booking_fits_every_store(api: ApiClient) -> None:
    """Every text as long as it may be, in the characters that take most room: 255 of them fit a key's 2048
    bytes, and 25 people one item's 400 KB.
    """
    widest = "\U0001f600"
    person = {
        "fullName": widest * 100,
        "groups": ["doctor", *(f"{number:02}" + widest * 18 for number in range(24))],
    }
    people = [person | {"userExternalId": f"{number:02}" + widest * 253} for number in range(25)]
    body = json.dumps(visit(people=people), ensure_ascii=False).encode().ljust(256 * 1024)

    answer = api.request(
        "POST",
        "/teleconsultation",
        token=api.token(MANAGER, manage=True),
        body=body,
        headers={"content-type": "application/json"},
    )

    assert answer.status == 201
    for invited in answer.body["participants"]:
        secret = invited["joinUrl"].partition("#j=")[2]
        assert api.join(answer.body["roomId"], secret).status == 200


@pytest.mark.parametrize(
    "part", [b"%s", b'{"alg": %s}', b'{"alg": "RS256", "kid": %s}', b'{"alg": "RS256", "%s": 1}']
)
def test_no_token(api: ApiClient, tally: Tally, part: bytes) -> None:
    for fragment in FRAGMENTS:
        token = ".".join(base64url_encode(text).decode() for text in (part % fragment[:7000], b"{}", b"x"))

        answer = api.request("GET", f"/teleconsultation/{UNKNOWN_ID}", token=token)

        tally.add("tokens", status=answer.status)
        assert answer.status in (401, 431), fragment
