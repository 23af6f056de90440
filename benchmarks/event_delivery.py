"""How fast events are signed and delivered to an endpoint on this machine, and in how much memory.

    .venv/bin/python -m benchmarks.event_delivery [--events 100000] [--senders 20]

Everything of an attempt is real but the queue: the use case, the check of the address, a connection, the
signature and the answer. Each event has a connection of its own, as in a function that gets one message.
"""

import argparse
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Final

from teleconsultation.domain.delivery import Delivery, EndpointState
from teleconsultation.domain.events import Event, EventType
from teleconsultation.publishing.cloud_event import cloud_event, encoded
from teleconsultation.publishing.standard_webhooks import read_secret, signed_headers
from teleconsultation.publishing.webhook_client import WebhookClient
from teleconsultation.use_cases.deliver import Attempt, Fate, deliver

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_ENDPOINT: Final = r"""
import asyncio

async def answer(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()

async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(serve())
"""


class _Healthy:
    """The states of endpoints that never fail."""

    def get(self, _endpoint_id: str) -> EndpointState:
        return EndpointState()

    def failed(self, _endpoint_id: str, *, at: datetime, paused_until: datetime | None) -> None:
        raise AssertionError("the endpoint failed")

    def disable(self, _endpoint_id: str, *, at: datetime) -> None:
        raise AssertionError("the endpoint is off")

    def succeeded(self, _endpoint_id: str) -> None:
        raise AssertionError("it had not failed")


def main() -> None:
    """Deliver the events and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--senders", type=int, default=20)
    options = parser.parse_args()
    endpoint = subprocess.Popen([sys.executable, "-c", _ENDPOINT], stdout=subprocess.PIPE, text=True)
    try:
        assert endpoint.stdout is not None
        url = f"http://127.0.0.1:{int(endpoint.stdout.readline())}/hooks"
        began = time.perf_counter()
        delivered = _deliver(options.events, senders=options.senders, url=url)
        seconds = time.perf_counter() - began
    finally:
        endpoint.kill()
        endpoint.wait()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{delivered:,} events delivered in {seconds:.1f} s by {options.senders} senders: "
        f"{delivered / seconds:,.0f} a second, {megabytes:.0f} MB at most"
    )


def _deliver(number: int, *, senders: int, url: str) -> int:
    # A queue of bounded length, as a function has one message at a time.
    waiting: SimpleQueue[Delivery | None] = SimpleQueue()
    room = threading.BoundedSemaphore(1000)
    client = WebhookClient(environment={}, allows_loopback=True)
    keys = (read_secret(SECRET),)
    counts = [0] * senders

    def send(place: int) -> None:
        while (delivery := waiting.get()) is not None:
            room.release()
            body = delivery.body.encode()

            def attempt(delivery: Delivery = delivery, body: bytes = body) -> Attempt:
                headers = signed_headers(delivery.event_id, body, keys=keys, at=datetime.now(UTC))
                return Attempt(status=client.attempt(url, body, headers=headers).status)

            outcome = deliver(
                delivery,
                send=attempt,
                states=_Healthy(),
                clock=lambda: datetime.now(UTC),
                chance=random.random,
            )
            counts[place] += outcome.fate is Fate.DELIVERED

    threads = [threading.Thread(target=send, args=(place,)) for place in range(senders)]
    for thread in threads:
        thread.start()
    for delivery in _deliveries(number):
        room.acquire()
        waiting.put(delivery)
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    try:
        waiting.get_nowait()
    except Empty:
        return sum(counts)
    raise AssertionError("events are left")


def _deliveries(number: int) -> Iterator[Delivery]:
    now = datetime.now(UTC)
    for count in range(number):
        event = Event(
            type=EventType.UPDATED,
            teleconsultation_id=f"{count // 4:024x}",
            version=count % 4 + 1,
            time=now,
            change_id=str(count),
            data={"roomId": f"{count // 4:024x}", "version": count % 4 + 1, "changed": ["start_date"]},
        )
        body = encoded(cloud_event(event, deployment="benchmark"))
        yield Delivery(endpoint_id="billing", event_id=event.id, body=body, queued_at=now)


if __name__ == "__main__":
    main()
