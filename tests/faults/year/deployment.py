"""The deployed service: real handlers and the real composition, on a table and a secret store in memory."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

import bandyer.transport
from bandyer import CircuitBreaker, new_session
from deployment.template.application import Template
from deployment.template.intrinsics import ResourceValue
from teleconsultation import bootstrap
from teleconsultation.domain.lifetime import expires_at
from teleconsultation.domain.model import Teleconsultation
from teleconsultation.storage.dynamodb import JsonObject
from tests.fakes.api_gateway import lambda_context
from tests.fakes.effects import Effects, KilledError
from tests.fakes.resources import EVENT_RESOURCES
from tests.fakes.teleconsultations import InMemoryTeleconsultations
from tests.fakes.watch import Watch
from tests.faults.process_pool import PROJECT_ROOT
from tests.faults.year.provider import ADDRESS, Provider

_PARTS = ("_stored", "_due", "_users", "_records", "_walk")
"""What `InMemoryTeleconsultations` keeps."""


class Table(InMemoryTeleconsultations):
    """The storage in memory, with backups, and with DynamoDB's deletion of what has expired."""

    def __init__(self, *, name: str, clock: Watch, retention: timedelta) -> None:
        super().__init__(clock=clock, retention=retention, effects=Effects())
        self.name = name
        self.clock = clock

    def send(self, _operation: str, _request: JsonObject) -> JsonObject:
        """Answer `DescribeTable`: another table has another id, and another region another ARN."""
        arn, _, id_ = self.address.rpartition("/")
        return {"Table": {"TableArn": arn, "TableId": id_}}

    @property
    def address(self) -> str:
        """ARN and id, as `FormerTables` names a table."""
        return f"arn:aws:dynamodb:eu-west-1:123456789012:table/{self.name}/{uuid5(NAMESPACE_OID, self.name)}"

    def backup(self) -> Mapping[str, Any]:
        """Return all that is stored. The records cannot change."""
        return {part: copy(getattr(self, part)) for part in _PARTS}

    def restored(self, backup: Mapping[str, Any], *, name: str) -> "Table":
        """Return a new table with what a backup of this one holds."""
        table = Table(name=name, clock=self.clock, retention=self._retention)
        for part, content in backup.items():
            setattr(table, part, copy(content))
        return table

    def expire(self) -> None:
        """Delete what is no longer found."""
        now = self._clock()
        for one in self.everything():
            if expires_at(one, retention=self._retention) <= now:
                del self._stored[one.id]
                self._due.pop(one.id, None)

    def due_at(self) -> datetime:
        """Return when the reconciler has something to do next: a record, or the walk."""
        walk_at = self._walk.due_at if self._walk is not None else self._clock()
        return min(min(self._due.values(), default=walk_at), walk_at)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a caller sees of a request: an answer, or none at all."""

    status: int | None
    body: Any = None

    @property
    def code(self) -> str | None:
        """The problem's code."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Deployment:
    """What is deployed now: one table, one secret, and processes that end when something is deployed."""

    def __init__(
        self, patch: pytest.MonkeyPatch, *, provider: Provider, clock: Watch, retention: timedelta
    ) -> None:
        self.clock = clock
        self.table = Table(name="teleconsultations", clock=clock, retention=retention)
        self.is_running = True
        """Whether the region answers."""
        self.api_key = next(iter(provider.keys))
        self.deaths = 0
        self._provider = provider
        self._patch = patch
        self._former: list[str] = []
        for name, value in _environment(retention).items():
            patch.setenv(name, value)
        patch.setattr(bandyer.transport, "FIRST_PAUSE_SECONDS", 0)
        patch.setattr(bootstrap, "clock", clock)
        patch.setattr(bootstrap, "teleconsultations", lambda *, remaining_seconds: self.table)
        patch.setattr(bootstrap, "readable_teleconsultations", lambda: self.table)
        patch.setattr(bootstrap, "transport", lambda *, remaining_seconds: self.table)
        patch.setattr(
            bootstrap, "secrets_manager", lambda: SimpleNamespace(get_secret_value=self._secret_value)
        )
        patch.setattr(bootstrap, "_http_session", self._session)
        patch.setattr(bootstrap, "_circuit_breaker", lambda: self._breaker)
        self.start_processes()

    def start_processes(self) -> None:
        """Let new processes answer from now on, as after a deployment or a death."""
        for part in vars(bootstrap).values():
            if hasattr(part, "cache_clear"):
                part.cache_clear()
        self._breaker = CircuitBreaker(wall_clock=self._seconds)
        self._http = new_session(wall_clock=self._seconds)
        self._http.mount(ADDRESS, self._provider)

    def deploy(self, table: Table) -> None:
        """Deploy with a table that was restored (`ExistingTableName`), and with the former one's address."""
        self._former.append(self.table.address)
        self._patch.setenv("FORMER_TABLES", ",".join(self._former))
        self.table = table
        self.is_running = True
        self.start_processes()

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function; `KilledError` is the end of its process."""
        handler: Callable[..., Any] = import_module(f"functions.{function}.app").lambda_handler
        try:
            return handler(dict(event), lambda_context(remaining_milliseconds=300_000))
        except BaseException as error:
            if not _is_death(error):
                raise
            self.deaths += 1
            self.start_processes()
            raise KilledError from error
        finally:
            self.table.effects.calm()
            self.table.effects.forget()

    def request(self, function: str, event: Mapping[str, Any]) -> Answer:
        """Send a request as a caller does: a region that is lost and a process that dies do not answer."""
        if not self.is_running:
            return Answer(status=None)
        try:
            result = self.invoke(function, event)
        except KilledError:
            return Answer(status=None)
        return Answer(status=result["statusCode"], body=json.loads(result.get("body") or "null"))

    def record(self, id_: str) -> Teleconsultation | None:
        """Return what the table holds."""
        return self.table.get_all({id_}).get(id_)

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def _session(self) -> Any:
        return self._http

    def _secret_value(self, **_: object) -> Mapping[str, str]:
        return {"SecretString": json.dumps({"apiKey": self.api_key, "userIdKey": USER_ID_KEY})}


def _is_death(error: BaseException | None) -> bool:
    """Say whether the process was killed; what cleans up behind it may have failed too."""
    while error is not None and not isinstance(error, KilledError):
        error = error.__context__
    return error is not None


USER_ID_KEY = "uk_of_the_first_day_and_the_last"


def _environment(retention: timedelta) -> Mapping[str, str]:
    """Return the environments of all functions in one, as template.yaml gives them."""
    application = Template(PROJECT_ROOT / "template.yaml").application(
        parameters={
            "OidcIssuer": "https://issuer.test",
            "OidcAudience": "teleconsultation",
            "BandyerBaseUrl": ADDRESS,
            "BandyerPathPrefix": "/rest",
            "FrameOrigins": ADDRESS,
            "RetentionDays": str(retention.days),
        },
        resources={
            "TeleconsultationsTable": ResourceValue("table", attributes={"Arn": "arn"}),
            "BandyerSecret": ResourceValue("secret", attributes={"Id": "secret"}),
            "SiteDistribution": ResourceValue("local", attributes={"DomainName": "visits.example"}),
            **EVENT_RESOURCES,
        },
    )
    environment: dict[str, str] = {}
    for function in application.functions.values():
        environment |= function.environment
    return environment
