"""GET and PATCH against tables of more and more items, in the emulator of DynamoDB."""

import itertools
import json
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from benchmarks.emulated import emulated
from benchmarks.events import DAYS_AHEAD, Event, changing, creating, reading
from benchmarks.report import table
from benchmarks.variants import CREATE, READ, Variant, built_variant
from deployment.template.application import Template
from local.bandyer_simulator.server import running_simulator
from local.emulator import AwsEmulator, running_aws_emulator
from local.ports import Ports
from tests.deployment.sam import PROJECT
from tests.infrastructure.built_functions import SECRET, TABLE

SIZES: Final = (100, 10_000, 1_000_000)
REQUESTS: Final = 300
UPDATE: Final = "UpdateTeleconsultationFunction"
_BATCH: Final = 25
_WRITERS: Final = 4


def measure_items(build: Path, folder: Path) -> str:
    """Return the table."""
    rows = []
    with (
        running_simulator(api_key=SECRET["apiKey"]) as provider,
        running_aws_emulator(port=Ports.free().aws, log=folder / "aws.log") as aws,
    ):
        template = Template(PROJECT / "template.yaml")
        properties = template.properties(
            "TeleconsultationsTable",
            kind="AWS::DynamoDB::Table",
            parameters={"OidcIssuer": "", "OidcAudience": "", "FrameOrigins": "https://calls.example"},
        )
        aws.create_table(TABLE, properties=properties)
        secret = aws.create_secret("provider", content=SECRET)

        def variant(name: str) -> Variant:
            return built_variant(build, name, aws_url=aws.url, provider_url=provider.url, secret=secret)

        with emulated(variant(CREATE), log=folder / "create.log") as function:
            visit_id = json.loads(function.answer(creating(starts_in=DAYS_AHEAD))["body"])["roomId"]
        minutes = itertools.count(1)
        filled = 0
        for size in SIZES:
            _fill(aws, first=filled, size=size)
            filled = size
            get = _middle_ms(variant(READ), lambda: reading(visit_id), folder=folder)
            patch = _middle_ms(
                variant(UPDATE), lambda: changing(visit_id, minutes=next(minutes)), folder=folder
            )
            rows.append((f"{size:,}", f"{get:.2f}", f"{patch:.2f}"))
    return table(("items in the table", "GET p50 ms", "PATCH p50 ms"), rows)


def _middle_ms(variant: Variant, event: Callable[[], Event], *, folder: Path) -> float:
    with emulated(variant, log=folder / "function.log") as function:
        for _ in range(1 + REQUESTS):
            answer = function.answer(event())
            assert answer["statusCode"] in {200, 204}, answer
        return statistics.median(function.durations_ms(1 + REQUESTS)[1:])


def _fill(aws: AwsEmulator, *, first: int, size: int) -> None:
    """Add items that nobody asks for."""

    def write(numbers: tuple[int, ...], client: Any) -> None:
        items = [{"PutRequest": {"Item": {"pk": {"S": f"USER#filler-{number}"}}}} for number in numbers]
        client.batch_write_item(RequestItems={TABLE: items})

    client = aws.client("dynamodb")
    with ThreadPoolExecutor(_WRITERS) as pool:
        for batch in itertools.batched(range(first, size), _BATCH, strict=False):
            pool.submit(write, batch, client)
