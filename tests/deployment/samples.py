"""The sample events of events/, for built and deployed functions.

Functions, routes and events come from the template and the folder, so new ones are tested automatically.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from deployment.template.intrinsics import parse_template
from tests.deployment.sam import PROJECT
from tests.integration.api.client import World
from tests.integration.api.test_events import EXPECTED, JOIN_SECRET, VISIT_ID

EVENTS: Final = PROJECT / "events"

type Json = Any
type Invoke = Callable[[str, Json], Json]
"""Calls a function by its name in the template with an event, and returns its result."""


@dataclass(frozen=True)
class Sample:
    """One event for one function, by its name in the template."""

    name: str
    function: str
    event: Json

    def expected(self) -> tuple[int, str | None] | None:
        """The status and the problem's code, or None for an event that is not an HTTP request."""
        return EXPECTED[self.name] if "routeKey" in self.event else None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Outcome:
    """The result of an event: the answer and the changed state, without ids and times."""

    answer: Json
    users: int
    rooms: int
    items: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def resources() -> Mapping[str, Mapping[str, Any]]:
    """Return the resources of the source template."""
    template = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    resources: dict[str, dict[str, Any]] = template["Resources"]
    return resources


def functions() -> Mapping[str, Mapping[str, Any]]:
    """Return the functions' properties by name."""
    return {
        name: resource["Properties"]
        for name, resource in resources().items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@cache
def samples() -> tuple[Sample, ...]:
    """Return all events of the folder."""
    return tuple(_read(file) for file in sorted(EVENTS.iterdir()))


def _read(file: Path) -> Sample:
    event = json.loads(file.read_text(encoding="utf-8"))
    return Sample(name=file.stem, function=_function(file.stem, event), event=event)


def _function(name: str, event: Json) -> str:
    """Return an event's function: by the route, or by the folder whose name begins the file's name."""
    for function, properties in functions().items():
        for trigger in properties.get("Events", {}).values():
            route = trigger.get("Properties", {})
            if event.get("routeKey") == f"{route.get('Method')} {route.get('Path')}":
                return function
    named = [
        function
        for function, properties in functions().items()
        if "routeKey" not in event and name.startswith(Path(properties["CodeUri"]).name)
    ]
    assert len(named) == 1, f"events/{name}.json: no route and no function's folder is called so"
    return named[0]


@dataclass(frozen=True)
class Stage:
    """The setting of events: callable functions and the state that they change."""

    world: World
    invoke: Invoke

    def clear(self) -> None:
        """Delete all visits and people."""
        self.world.provider.reset()
        self.world.table.clear()

    def set_up(self) -> None:
        """Create the visit of the events through the API and change its id to theirs."""
        self.clear()
        create = find("create_teleconsultation")
        made = json.loads(self.invoke(create.function, create.event)["body"])
        table = self.world.table
        item = table.teleconsultation(made["roomId"])
        table.delete(item)
        # The sample's secret is not derived from this key, so its stored hash is written to the table.
        kept = item["participants"]["L"][1]["M"]["joinPass"]["M"]
        kept["digest"]["S"] = hashlib.sha256(JOIN_SECRET.encode()).hexdigest()
        table.put(item | {"pk": {"S": f"TELECONSULTATION#{VISIT_ID}"}, "id": {"S": VISIT_ID}})

    def play(self, sample: Sample) -> Outcome:
        """Send the event and return its result."""
        result = self.invoke(sample.function, sample.event)
        return Outcome(
            answer=answer(result) if "routeKey" in sample.event else result,
            users=len(self.world.provider.user_ids()),
            rooms=len(self.world.provider.rooms()),
            items=tuple(
                sorted(
                    (item["pk"]["S"].partition("#")[0], tuple(sorted(item)))
                    for item in self.world.table.items()
                )
            ),
        )


def find(name: str) -> Sample:
    """Return the sample of that name."""
    [sample] = [sample for sample in samples() if sample.name == name]
    return sample


def answer(result: Json) -> tuple[int, str | None]:
    """Return the status and the problem's code of a route function's result."""
    is_text = result.get("headers", {}).get("content-type", "").startswith("text/")
    body = {} if is_text else json.loads(result.get("body") or "{}")
    return result["statusCode"], body.get("code")
