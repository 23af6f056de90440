"""Runs built functions in processes of their own, on an interpreter without the project's packages."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.template.application import Template
from deployment.template.intrinsics import ResourceValue
from local.gateway.invoker import runtime_environment
from tests.fakes.aws_server import AwsServer, Step, answer
from tests.fakes.resources import EVENT_RESOURCES
from tests.infrastructure.conftest import PROJECT

TABLE = "Teleconsultations"
SECRET = {"apiKey": "ak_built", "userIdKey": "a key"}
# To root nothing is read-only, unless the process is started without the right to pass over permissions.
OBEYING_PERMISSIONS = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []


@dataclass(frozen=True)
class Run:
    """What one process did."""

    answers: Sequence[Mapping[str, Any]]
    collections: int
    """How often garbage was looked for until the handler was there."""
    compiled: Sequence[str]
    files_opened: int
    """Until the handler was there."""
    is_read_only: bool
    """Whether neither the function's folder nor the layer's can be written into."""
    modules: Sequence[str]
    """Likewise, beyond the interpreter's own."""
    modules_after_requests: Sequence[str]
    written: Sequence[str]
    log: str


@dataclass(frozen=True)
class BuiltFunctions:
    """What `sam build` made, and the services around it."""

    build: Path
    aws: AwsServer
    bandyer_url: str
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the template's."""

    def run(self, name: str, *events: Mapping[str, Any], report: Path) -> Run:
        """Start a function and give it these events, one after the other."""
        output = self.start(name, events=events, program=_PROGRAM, report=report)
        return Run(**json.loads(report.read_text(encoding="utf-8")), log=output)

    def start(self, name: str, *, events: Sequence[Mapping[str, Any]], program: Path, report: Path) -> str:
        """Run a program that starts a function; return its output."""
        environment = {
            **runtime_environment(self._function(name), extra={"AWS_ENDPOINT_URL": self.aws.url}),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            **self.environment,
        }
        # As Lambda does, without what makes a start cheaper than there.
        del environment["PYTHONPATH"]
        layer = self.build / "CoreLayer/python"
        result = subprocess.run(
            # The interpreter that the environment of the tests was made from, which has none of its packages.
            [
                *OBEYING_PERMISSIONS,
                sys._base_executable,  # type: ignore[attr-defined]
                "-I",
                program,
                self.build / name,
                layer,
                report,
            ],
            input=json.dumps(events),
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return str(result.stdout)

    def _function(self, name: str) -> Any:
        application = Template(PROJECT / "template.yaml").application(
            parameters={
                "OidcIssuer": "https://issuer.test",
                "OidcAudience": "x",
                "BandyerBaseUrl": self.bandyer_url,
                "FrameOrigins": self.bandyer_url,
            },
            resources={
                "TeleconsultationsTable": ResourceValue(TABLE, attributes={"Arn": "arn:table"}),
                "BandyerSecret": ResourceValue("arn:secret", attributes={"Id": "arn:secret"}),
                "SiteDistribution": ResourceValue("local", attributes={"DomainName": "localhost"}),
                **EVENT_RESOURCES,
            },
        )
        return application.functions[name]


_PROGRAM = Path(__file__).with_name("cold_process.py")


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Have nobody write into a folder until the block ends, as into /var/task and /opt on Lambda."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield folder
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


class SmallTable:
    """Keeps what is put and gives it back: the scripted server's answer to everything. It judges nothing."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        # Its time to answer stands in every benchmark: what is read again and again is written once.
        self._answers: dict[str, bytes] = {}

    def step(self, server: AwsServer) -> Step:
        """Answer the request that came last."""

        def step(connection: Any) -> bool:
            request = server.received[-1]
            operation = request.headers["x-amz-target"].rpartition(".")[2]
            return answer(self._answer(operation, request.json))(connection)

        return step

    def _answer(self, operation: str, request: Any) -> dict[str, Any] | bytes:
        match operation:
            case "DescribeTable":
                return {"Table": {"TableArn": f"arn:table/{TABLE}", "TableId": "the id of the table"}}
            case "GetSecretValue":
                return {"SecretString": json.dumps(SECRET)}
            case "GetItem":
                key = request["Key"]["pk"]["S"]
                return self._answers[key] if key in self.items else {}
            case "PutItem":
                self._put(request["Item"])
                return {}
            case "BatchGetItem":
                keys = [key["pk"]["S"] for key in request["RequestItems"][TABLE]["Keys"]]
                found = [self.items[key] for key in keys if key in self.items]
                return {"Responses": {TABLE: found}, "UnprocessedKeys": {}}
            case "BatchWriteItem":
                for write in request["RequestItems"][TABLE]:
                    self._put(write["PutRequest"]["Item"])
                return {"UnprocessedItems": {}}
            case "Query" | "Scan":
                return {"Items": []}
            case _:
                return {}

    def _put(self, item: Any) -> None:
        self.items[item["pk"]["S"]] = item
        self._answers[item["pk"]["S"]] = json.dumps({"Item": item}).encode()
