"""Compare what could carry GET's one read of DynamoDB; the figures stand in docs/performance.md.

`.tools/transports/bin/python -m benchmarks.transports [ROUNDS]`, after
`make .tools/transports/.installed`. A server on this machine answers over TLS; every round starts each
transport once, in random order, in a process of its own. No part of CI: milliseconds flicker.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import certifi

from deployment.build.roots import write_directory
from tests.fakes.aws_server import answer, running_aws_server
from tests.fakes.certificates import new_authority

TRANSPORTS: Final = ("aws_json", "http_client", "aws_sdk_signers", "awscrt", "pydynox", "boto3")
FIGURES: Final = (
    "built_ms",
    "first_ms",
    "first_answer_ms",
    "first_answer_cpu_ms",
    "warm_us",
    "warm_cpu_us",
    "modules",
    "peak_mb",
)
ROOT: Final = Path(__file__).parents[1]
ITEM: Final = {"pk": {"S": "TELECONSULTATION#0"}, "participants": {"S": "x" * 2000}}


def measure(rounds: int) -> dict[str, list[dict[str, float]]]:
    """Run all transports `rounds` times, after one round that only warms the machine."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in TRANSPORTS}
    authority = new_authority()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = folder / "bundle.pem"
        bundle.write_text(certifi.contents() + authority.pem, encoding="ascii")
        write_directory(bundle.read_text(encoding="ascii"), folder / "roots")
        with running_aws_server(tls=authority.server_context(folder)) as server:
            server.answers_always(answer({"Item": ITEM}))
            for number in range(rounds + 1):
                for transport in random.sample(TRANSPORTS, len(TRANSPORTS)):
                    result = subprocess.run(
                        [
                            sys.executable,
                            "-s",
                            ROOT / "benchmarks/transport_process.py",
                            transport,
                            str(server.port),
                            bundle,
                            folder / "roots",
                        ],
                        env={
                            "PATH": os.environ["PATH"],
                            "PYTHONPATH": str(ROOT / "layers/core"),
                            "AWS_REGION": "eu-west-1",
                            "AWS_ACCESS_KEY_ID": "a",
                            "AWS_SECRET_ACCESS_KEY": "b",
                            "AWS_EC2_METADATA_DISABLED": "true",
                            # Where the SDK for Rust looks for roots.
                            "SSL_CERT_FILE": str(bundle),
                        },
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    if number:
                        figures[transport].append(json.loads(result.stdout))
    return figures


def table(figures: dict[str, list[dict[str, float]]]) -> str:
    """Return medians, with quartiles where they vary, as Markdown."""
    lines = ["| transport | " + " | ".join(FIGURES) + " |", "|---|" + "--:|" * len(FIGURES)]
    for transport, runs in figures.items():
        cells = []
        for figure in FIGURES:
            low, middle, high = statistics.quantiles([run[figure] for run in runs], n=4)
            spread = "" if figure in {"modules", "peak_mb"} else f" [{low:.0f}–{high:.0f}]"
            cells.append(f"{middle:.0f}{spread}")
        lines.append(f"| {transport} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 15)))
