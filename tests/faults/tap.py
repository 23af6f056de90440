"""A tap on both wires of one process: it records what goes out, and can spoil a call or end the process.

What is recorded is what left the process: each request to DynamoDB, each call to the provider. A request that
reads is no effect; whatever is not known to read is taken for one, so that a new operation joins by itself.
"""

import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import requests

from teleconsultation.storage.aws_json_transport import AwsJsonTransport
from teleconsultation.storage.boto3_transport import Boto3Transport
from teleconsultation.storage.dynamodb import JsonObject
from teleconsultation.storage.transport import DynamoDB

DYNAMODB_READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
PATIENCE_SECONDS = 0.1
"""How long a spoilt call waits for an answer that will not come."""

type When = Literal["before", "after"]
type Fault = Literal[
    "refused",
    "reset_before",
    "reset_after_commit",
    "status:429",
    "status:500",
    "status:503",
    "timeout_before",
    "timeout_after_commit",
    "malformed_body",
]
# Three of a kind: nothing has happened; nothing has, which nobody knows; it has happened, which nobody knows.
FAULTS: tuple[Fault, ...] = (
    *("refused", "status:429", "status:503"),
    *("reset_before", "timeout_before", "status:500"),
    *("reset_after_commit", "timeout_after_commit", "malformed_body"),
)
KINDS_OF_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One request on a wire: the `nth` of its name, counted from 1."""

    name: str
    nth: int
    at_provider: bool
    is_effect: bool

    def __str__(self) -> str:
        return self.name if self.nth == 1 else f"{self.name} ({self.nth})"


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall go wrong in the life of one process: calls of the provider's, its own death, or both."""

    spoilt: Mapping[Step, Fault] = field(default_factory=dict)
    death_at: Step | None = None
    death: When | None = None

    def __str__(self) -> str:
        parts = [f"{step}: {fault}" for step, fault in self.spoilt.items()]
        if self.death_at is not None:
            parts.append(f"dies {self.death} {self.death_at}")
        return ", ".join(parts) or "undisturbed"


UNDISTURBED = Plan()


class Tap:
    """Sits on the wires of the process it is made in, for the rest of its life."""

    def __init__(self, plan: Plan, *, simulator_url: str, on_death: Callable[[], None]) -> None:
        """`on_death` runs just before the process kills itself, to say goodbye to whoever watches."""
        self.steps: list[Step] = []
        self._plan = plan
        self._faults_url = f"{simulator_url}/_control/faults"
        self._on_death = on_death
        self._counts: Counter[str] = Counter()
        self._attempted: dict[object, Step] = {}
        # One call at a time, so that the same plan always meets the same call.
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Count from the start: another invocation comes."""
        self.steps.clear()
        self._counts.clear()
        self._attempted.clear()

    def listen_to_dynamodb(self) -> None:
        """Tap all requests of both transports."""
        AwsJsonTransport.send = self._tapped(AwsJsonTransport.send)  # type: ignore[assignment, method-assign]
        Boto3Transport.send = self._tapped(Boto3Transport.send)  # type: ignore[assignment, method-assign]

    def _tapped[Transport: DynamoDB](
        self, send: Callable[[Transport, str, JsonObject], JsonObject]
    ) -> Callable[[Transport, str, JsonObject], JsonObject]:
        def tapped(transport: Transport, operation: str, request: JsonObject) -> JsonObject:
            name = f"{operation} {_kind_of_item(request)}".strip()
            step = self._step(name, at_provider=False, is_effect=operation not in DYNAMODB_READS)
            with self._dying_at(step):
                return send(transport, operation, request)

        return tapped

    def listen_to_provider(self, session: requests.Session) -> None:
        """Tap all calls over the session. The attempts of one call are one step: who fails it, fails all."""
        send = session.send

        def tapped(request: requests.PreparedRequest, **options: Any) -> requests.Response:
            call = (request.method, request.url, request.body)
            with self._lock:
                step = self._attempted.get(call) or self._step(
                    _call_name(request), at_provider=True, is_effect=request.method != "GET"
                )
                self._attempted[call] = step
                with self._dying_at(step), self._spoiling(step, request, options):
                    return send(request, **options)

        session.send = tapped  # type: ignore[method-assign]

    def _step(self, name: str, *, at_provider: bool, is_effect: bool) -> Step:
        with self._lock:
            self._counts[name] += 1
            step = Step(name, self._counts[name], at_provider=at_provider, is_effect=is_effect)
            self.steps.append(step)
            return step

    @contextmanager
    def _dying_at(self, step: Step) -> Iterator[None]:
        if step == self._plan.death_at and self._plan.death == "before":
            self._die()
        try:
            yield
        finally:
            # Also after an effect that was refused.
            if step == self._plan.death_at:
                self._die()

    def _die(self) -> None:
        self._on_death()
        os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def _spoiling(
        self, step: Step, request: requests.PreparedRequest, options: dict[str, Any]
    ) -> Iterator[None]:
        fault = self._plan.spoilt.get(step)
        if fault is None:
            yield
        elif fault == "refused":
            # Bound and not listening: whoever connects is refused.
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))
                parts = urlsplit(str(request.url))
                request.url = parts._replace(netloc=f"127.0.0.1:{nobody.getsockname()[1]}").geturl()
                yield
        else:
            path = urlsplit(str(request.url)).path
            description = {"method": request.method, "path": path, "fault": fault}
            requests.post(self._faults_url, json=description, timeout=5).raise_for_status()
            if fault.startswith("timeout"):
                options["timeout"] = PATIENCE_SECONDS
            yield


def _kind_of_item(request: JsonObject) -> str:
    """Return the kind of item a request is about, as its key says: `TELECONSULTATION`, `USER`, ..."""
    keyed = request.get("Item") or request.get("Key")
    if keyed is None:
        batches = next(iter(request.get("RequestItems", {}).values()), ())
        keyed = (
            next((put["Item"] for entry in batches if (put := entry.get("PutRequest"))), {})
            if isinstance(batches, list)
            else {}
        )
    pk: str = keyed.get("pk", {}).get("S", "")
    return pk.partition("#")[0]


def _call_name(request: requests.PreparedRequest) -> str:
    """Return method and path without the prefix and ids: `DELETE /room/delete`."""
    _, _prefix, *path = urlsplit(str(request.url)).path.split("/")
    return f"{request.method} /{'/'.join(path[:2])}"
