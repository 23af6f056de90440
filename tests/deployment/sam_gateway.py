"""SAM CLI's emulation of API Gateway, as in `sam local start-api`, without Docker.

Runs in SAM CLI's environment: `python sam_gateway.py TEMPLATE PORT FUNCTIONS`. Routes, events and answers are
SAM CLI's; a server at FUNCTIONS/<its name> runs each function. These classes are not a public API of
SAM CLI; its version is pinned, and the tests that use it detect changes.
"""

import sys
import urllib.request
from pathlib import Path
from typing import Any

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.lib.utils.stream_writer import StreamWriter
from samcli.local.apigw.local_apigw_service import LocalApigwService


class Functions:
    """Replaces SAM CLI's LocalLambdaRunner, which would start a container."""

    def __init__(self, url: str) -> None:
        self._url = url

    def is_debugging(self) -> bool:
        return False

    def invoke(self, name: str, event: str, *, stdout: StreamWriter, **_unused: Any) -> None:
        request = urllib.request.Request(f"{self._url}/{name}", data=event.encode())  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - loopback
            stdout.write_str(response.read().decode())


def main(template: str, port: str, functions: str) -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(template_file=template)
    service = LocalApigwService(
        ApiProvider(stacks, cwd=str(Path(template).parent)).api,
        Functions(functions),
        port=int(port),
        host="127.0.0.1",
        stderr=StreamWriter(sys.stderr),
    )
    service.create()
    service.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
