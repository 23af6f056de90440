"""What every variant talks to, over TLS: a table, Secrets Manager and the provider, all in this process.

The table is a dictionary, not an emulator of DynamoDB: emulators take milliseconds for what takes DynamoDB's
servers none of ours, and the same milliseconds in every variant would hide what differs between them.
"""

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import certifi
import httpx2

from deployment.build.roots import write_directory
from local.bandyer_simulator.server import RunningSimulator, running_simulator
from local.ports import HOST
from tests.fakes.aws_server import AwsServer, running_aws_server
from tests.fakes.certificates import new_authority
from tests.infrastructure.built_functions import SECRET, SmallTable

_CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Upstreams:
    """Where the services listen, and three forms of what a client must trust: Mozilla's roots, and ours."""

    aws: AwsServer
    table: SmallTable
    provider: RunningSimulator
    provider_url: str
    roots: Path
    """A directory named by hashes, as our layer has it."""
    bundle: Path
    """One file, as certifi has it."""
    authority: Path
    """Ours alone; Node has the others built in."""

    @property
    def aws_url(self) -> str:
        """Where DynamoDB and Secrets Manager are."""
        return f"https://localhost:{self.aws.port}"

    def calls(self) -> Counter[str]:
        """Count what was asked of the services so far, by name.

        DescribeTable is left out: ours asks it once a process, to mark rooms, and no peer marks them.
        """
        operations = (request.headers["x-amz-target"].rpartition(".")[2] for request in self.aws.received)
        operations = (operation for operation in operations if operation != "DescribeTable")
        state = httpx2.get(f"{self.provider.url}/_control/state", trust_env=False).json()
        return Counter(operations) + Counter(request["path"] for request in state["requests"])


@contextmanager
def running_upstreams(folder: Path) -> Iterator[Upstreams]:
    """Run them until the block ends, with certificates of an authority made for it."""
    authority = new_authority()
    paths = folder / "roots", folder / "bundle.pem", folder / "authority.pem"
    roots, bundle, own = paths
    bundle.write_text(certifi.contents() + authority.pem, encoding="ascii")
    own.write_text(authority.pem, encoding="ascii")
    write_directory(bundle.read_text(encoding="ascii"), roots)
    tls = authority.server_context(folder)
    # asyncio disables Nagle's algorithm only if the protocol is given; otherwise many answers wait 40 ms for
    # the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((HOST, 0))
    provider_url = f"https://localhost:{listener.getsockname()[1]}"
    with (
        running_simulator(api_key=SECRET["apiKey"], public_url=provider_url) as provider,
        _tls_in_front_of(provider.port, listener=listener, tls=tls),
        running_aws_server(tls=tls) as aws,
    ):
        table = SmallTable()
        aws.answers_always(table.step(aws))
        yield Upstreams(aws, table, provider, provider_url, *paths)


@contextmanager
def _tls_in_front_of(port: int, *, listener: socket.socket, tls: ssl.SSLContext) -> Iterator[None]:
    """Pass on what comes in over TLS at `listener` to a server on this machine that speaks none."""
    started: Future[None] = Future()
    stopped: Future[None] = Future()

    async def serve() -> None:
        server = await asyncio.start_server(partial(_pass_on, port=port), sock=listener, ssl=tls)
        started.set_result(None)
        await asyncio.wrap_future(stopped)
        server.close()
        server.close_clients()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    try:
        started.result()
        yield
    finally:
        stopped.set_result(None)
        thread.join()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, port: int) -> None:
    back, forth = await asyncio.open_connection(HOST, port)
    await asyncio.gather(_pipe(reader, forth), _pipe(back, writer), return_exceptions=True)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(_CHUNK_BYTES):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()
