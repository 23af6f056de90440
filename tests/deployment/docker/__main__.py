"""Run the sample events with `sam local invoke` on a Docker engine and print each result.

    python -m tests.deployment.docker IMAGE [EVENT...]

No part of the tests: it needs a Docker engine, and ten seconds for each invocation. IMAGE is Lambda's own
image for Python 3.13, or one that `make_image.sh` made. The functions are what `sam build` made; DynamoDB and
Secrets Manager are the emulator's, and the provider is the simulator. Containers reach them over the
bridge's address on this machine, which relays their calls only.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from deployment.template.application import Application, Function
from deployment.template.intrinsics import parse_template
from local.emulator import AwsEmulator
from local.gateway.exchange import Json
from local.gateway.invoker import Invoker
from local.stack import running_stack
from tests.deployment.docker.relay import relayed
from tests.deployment.sam import ARCHITECTURE, build, sam
from tests.deployment.samples import Sample, Stage, find, samples
from tests.integration.api.client import Provider, Table, World

BRIDGE: Final = "docker0"


@dataclass(frozen=True)
class Containers:
    """Runs functions with `sam local invoke`: an Invoker of the local gateway."""

    template: Path
    image: str

    def __call__(self, function: Function, *, event: Json, request_id: str, timeout_seconds: float) -> Json:
        """Run the function once in a new container."""
        return self.invoke(function.name, event)

    def invoke(self, function: str, event: Json) -> Json:
        """Run a function by its name."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(event, file)
            file.flush()
            result = sam(
                *("local", "invoke", function, "--template", str(self.template), "--event", file.name),
                *("--invoke-image", self.image, "--skip-pull-image"),
                *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
                environment={"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
            )
        if result.returncode != 0:
            raise SystemExit(result.stderr)
        return json.loads(result.stdout.strip().splitlines()[-1])


@dataclass(frozen=True)
class InContainers:
    """Creates the invoker of a stack whose functions run in containers."""

    template: Path
    image: str
    bridge: str

    @contextmanager
    def __call__(self, application: Application, aws: AwsEmulator) -> Iterator[Invoker]:
        """Write the functions' environments into a copy of the template; local ports are relayed."""
        with ExitStack() as stack:

            def reachable(value: str) -> str:
                address = urlsplit(value)
                if address.hostname != "127.0.0.1" or address.port is None:
                    return value
                port = stack.enter_context(relayed(host=self.bridge, to_port=address.port))
                return f"http://{self.bridge}:{port}"

            endpoints = {name: reachable(url) for name, url in aws.environment().items()}
            document = parse_template(self.template.read_text(encoding="utf-8"))
            for name, function in application.functions.items():
                # The simulator's links keep its own address, and so must the origins they are held against.
                variables = {
                    key: value if key == "FRAME_ORIGINS" else reachable(value)
                    for key, value in function.environment.items()
                }
                _properties(document, name)["Environment"] = {"Variables": variables | endpoints}
            copy = self.template.with_name("containers.json")
            copy.write_text(json.dumps(document), encoding="utf-8")
            yield Containers(template=copy, image=self.image)


def _properties(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    properties: dict[str, Any] = document["Resources"][name]["Properties"]
    return properties


def _bridge_address() -> str:
    text = subprocess.run(
        ["ip", "-4", "-o", "address", "show", BRIDGE], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"inet ([0-9.]+)/", text)
    if found is None:
        raise SystemExit(f"There is no {BRIDGE}: start a Docker engine first.")
    return found[1]


def _report(sample: Sample, outcome: Json, seconds: float) -> bool:
    expected = sample.expected()
    good = expected is None or outcome == expected
    verdict = "as expected" if good else f"WRONG, not {expected}"
    sys.stdout.write(f"{sample.name:30} {sample.function:31} {outcome!s:26} {seconds:4.1f} s  {verdict}\n")
    sys.stdout.flush()
    return good


def main(image: str, names: list[str]) -> int:
    """Run the named events, or all, and return 1 if one answer was wrong."""
    chosen = [find(name) for name in names] or list(samples())
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        template = build(folder / "build")
        factory = InContainers(template=template, image=image, bridge=_bridge_address())
        with (
            running_stack(
                template=template,
                parameters={"Architecture": ARCHITECTURE},
                invocation=factory,
                state_directory=folder / "state",
            ) as stack,
            httpx2.Client(base_url=stack.bandyer.url, trust_env=False) as http,
        ):
            containers = stack.gateway._invoker
            assert isinstance(containers, Containers)
            world = World(
                Table(stack.table_name, stack.aws.client("dynamodb")), Provider(stack.bandyer, http)
            )
            stage = Stage(world, containers.invoke)
            stage.set_up()
            items = world.table.items()
            for sample in chosen:
                world.table.clear()
                for item in items:
                    world.table.put(item)
                started = time.monotonic()
                outcome = stage.play(sample)
                good &= _report(sample, outcome.answer, time.monotonic() - started)
    return 0 if good else 1


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
