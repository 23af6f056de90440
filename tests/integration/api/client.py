"""What the tests hold in their hands: the API, the table and the provider, each seen from outside."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

import httpx2

from local.bandyer_simulator.server import RunningSimulator
from local.gateway.exchange import Request
from local.stack import Stack
from tests.integration.api.contract import Contract

MANAGER: Final = "booking-system"
DOCTOR: Final = "auth0|doctor-1@canary.example"
PATIENT: Final = "auth0|patient-1@canary.example"
VISIT_SECONDS: Final = 3600
MARGINS: Final = 600 + 900
"""Seconds for which the door is open before the start and after the end, by the template's defaults."""

type Json = dict[str, Any]


def person(external_id: str, *, group: str, name: str) -> Json:
    return {"userExternalId": external_id, "groups": [group], "fullName": name}


def doctor(**more: object) -> Json:
    return person(DOCTOR, group="doctor", name="Gregory House") | more


def patient(**more: object) -> Json:
    return person(PATIENT, group="patient", name="Ada Verdi-Bianchi") | more


def instant(*, in_seconds: float, now: datetime | None = None) -> str:
    """Write the moment so many seconds from now (ago, if negative)."""
    return ((now or datetime.now(UTC)) + timedelta(seconds=in_seconds)).isoformat(timespec="milliseconds")


def dates(*, start_in_seconds: float = 86_400, seconds: float = VISIT_SECONDS) -> Json:
    """Give a start relative to now, tomorrow if nothing is said, and the end that many seconds later."""
    # Asked once: a millisecond between two readings would make another duration, and so another room.
    now = datetime.now(UTC)
    return {
        "start_date": instant(in_seconds=start_in_seconds, now=now),
        "end_date": instant(in_seconds=start_in_seconds + seconds, now=now),
    }


def visit(*, people: Sequence[Json] | None = None, number: int | None = None, **when: Any) -> Json:
    """Give a body for POST: doctor and patient, tomorrow, for an hour, unless said otherwise."""
    data = [doctor(), patient()] if people is None else list(people)
    return {"participants": {"number": number or len(data), "data": data}, **(when or dates())}


def join_secrets(answer: "Answer") -> dict[str, str]:
    """Take the secrets from an answer that carries everybody's link, by external id."""
    return {
        person["userExternalId"]: person["joinUrl"].partition("#j=")[2]
        for person in answer.body["participants"]
    }


def _read(body: bytes, *, content_type: str | None) -> Any:
    if not body:
        return None
    return body.decode() if content_type and content_type.startswith("text/") else json.loads(body)


@dataclass(frozen=True)
class Answer:
    """One answer; header names in lower case, `body` is JSON already, a text or None."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str | None:
        """The problem's code, if it is one of ours."""
        code: str | None = self.body.get("code") if isinstance(self.body, dict) else None
        return code

    @property
    def fields(self) -> list[str]:
        """Where the problem says that the request is wrong."""
        return [error["field"] for error in self.body["errors"]]


@dataclass(frozen=True)
class ApiClient:
    """Sends requests through the gateway, without sockets; every answer must keep the contract."""

    stack: Stack
    contract: Contract

    def token(self, user_id: str, *, manage: bool = False, **more: Any) -> str:
        return self.stack.issuer.token(user_id, manage=manage, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; `path` is decoded, and below the server's address."""
        sent = {"host": "127.0.0.1", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        response = self.stack.gateway.handle(
            Request(
                method=method,
                path=quote(f"/api{path}"),
                query=urlencode(query or {}),
                headers=tuple(sent.items()),
                body=body,
            )
        )
        received = dict(response.headers)
        assert len(received) == len(response.headers), "a header is repeated"
        self.contract.check(
            method=method, path=unquote(path), status=response.status, headers=received, body=response.body
        )
        return Answer(
            response.status, received, _read(response.body, content_type=received.get("content-type"))
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a JSON body, as a manager unless another token is given."""
        return self.request(
            method,
            path,
            token=token or self.token(MANAGER, manage=True),
            body=json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})},
        )

    def post(self, body: Any) -> Answer:
        return self.send("POST", "/teleconsultation", body)

    def create(self, body: Any | None = None) -> str:
        """Create a teleconsultation that must succeed, and give its id."""
        answer = self.post(visit() if body is None else body)
        assert answer.status == 201, answer
        return str(answer.body["roomId"])

    def invite(self, body: Any | None = None) -> tuple[str, dict[str, str]]:
        """Create a teleconsultation that must succeed; give its id and everybody's join secret."""
        answer = self.post(visit() if body is None else body)
        assert answer.status == 201, answer
        return str(answer.body["roomId"]), join_secrets(answer)

    def patch(
        self,
        teleconsultation_id: str,
        body: Any,
        *,
        if_match: str | None = None,
        prefer: str | None = None,
    ) -> Answer:
        headers = {} if if_match is None else {"if-match": if_match}
        if prefer is not None:
            headers["prefer"] = prefer
        return self.send("PATCH", f"/teleconsultation/{teleconsultation_id}", body, headers=headers)

    def delete(self, teleconsultation_id: str, *, if_match: str | None = None) -> Answer:
        return self.request(
            "DELETE",
            f"/teleconsultation/{teleconsultation_id}",
            token=self.token(MANAGER, manage=True),
            headers={} if if_match is None else {"if-match": if_match},
        )

    def get(
        self, teleconsultation_id: str, *, user: str, manage: bool = False, language: str | None = None
    ) -> Answer:
        return self.request(
            "GET",
            f"/teleconsultation/{teleconsultation_id}",
            token=self.token(user, manage=manage),
            query={} if language is None else {"language": language},
        )

    def check_room(
        self, teleconsultation_id: str, *, user: str | None = None, secret: str | None = None
    ) -> Answer:
        """Ask for another room, by token or by join link."""
        tail = "/room" if secret is None else "/join/room"
        token = self.token(user) if user is not None else secret
        return self.request("POST", f"/teleconsultation/{teleconsultation_id}{tail}", token=token)

    def join(self, teleconsultation_id: str, secret: str, *, language: str | None = None) -> Answer:
        return self.request(
            "GET",
            f"/teleconsultation/{teleconsultation_id}/join",
            token=secret,
            query={} if language is None else {"language": language},
        )


@dataclass(frozen=True)
class Provider:
    """The Bandyer simulator, through its control routes and its own API."""

    simulator: RunningSimulator
    http: httpx2.Client = field(repr=False)

    def state(self) -> Json:
        state: Json = self.http.get("/_control/state").raise_for_status().json()
        # How the connections are used is no matter of what was written.
        return {name: state[name] for name in ("users", "rooms", "requests")}

    def user_ids(self) -> set[str]:
        return {user["id"] for user in self.state()["users"]}

    def rooms(self, *, deleted: bool = False) -> list[Json]:
        return [room for room in self.state()["rooms"] if room["deleted"] is deleted]

    def living_rooms(self) -> list[Json]:
        """List the rooms whose links work."""
        return [room for room in self.rooms() if not room["disabled"]]

    def calls(self) -> list[tuple[str, str]]:
        """List what was asked, without ids."""
        return [
            (request["method"], "/".join(request["path"].split("/")[2:4]))
            for request in self.state()["requests"]
        ]

    def ask(self, path: str) -> Json:
        """Read from the provider's own API."""
        response = self.http.get(
            f"{self.simulator.path_prefix}{path}", headers={"apikey": self.simulator.api_key}
        )
        answer: Json = response.raise_for_status().json()
        return answer

    def lose_rooms(self) -> None:
        """Disable all rooms through the provider's own API, as another program of the company may."""
        for room in self.rooms():
            self.http.put(
                f"{self.simulator.path_prefix}/room/disable/{room['room_id']}",
                headers={"apikey": self.simulator.api_key},
            ).raise_for_status()

    def answer_to(self, link: str) -> int:
        """Return the status with which a room's link is answered."""
        return self.http.get(link).status_code

    def fail(
        self, method: str, path: str, fault: str, *, times: int = 1, retry_after: int | None = None
    ) -> None:
        """Spoil the next requests."""
        description: Json = {"method": method, "path": path, "fault": fault, "times": times}
        if retry_after is not None:
            description["retry_after"] = retry_after
        self.http.post("/_control/faults", json=description).raise_for_status()

    def recover(self) -> None:
        self.http.delete("/_control/faults").raise_for_status()

    def reset(self) -> None:
        self.http.post("/_control/reset").raise_for_status()


@dataclass(frozen=True)
class Table:
    """The table, read as it lies there."""

    name: str
    dynamodb: Any = field(repr=False)

    def items(self) -> list[Json]:
        items: list[Json] = self.dynamodb.scan(TableName=self.name, ConsistentRead=True)["Items"]
        return sorted(items, key=lambda item: str(item["pk"]["S"]))

    def teleconsultation(self, teleconsultation_id: str) -> Json:
        key = f"TELECONSULTATION#{teleconsultation_id}"
        return next(item for item in self.items() if item["pk"]["S"] == key)

    def put(self, item: Json) -> None:
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def delete(self, item: Json) -> None:
        self.dynamodb.delete_item(TableName=self.name, Key={"pk": item["pk"]})

    def clear(self) -> None:
        for item in self.items():
            self.delete(item)


@dataclass(frozen=True)
class World:
    """Everything a request could have changed."""

    table: Table
    provider: Provider

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Hold a block to changing nothing, anywhere; not even a question may reach the provider."""
        before = self.snapshot()
        yield
        assert self.snapshot() == before

    def snapshot(self) -> Json:
        return {"items": self.table.items(), **self.provider.state()}
