"""What each memory size would make of a request: the table from which template.yaml's sizes are chosen.

`.venv/bin/python -m tests.performance.memory_sizes BUILD [ROUNDS]`, BUILD being what `sam build` made for
this machine. Measured is processor time. A function with M MB has M/1769 of a processor for requests, so its
share of the duration follows; what a request waits for the network comes on top, the same for every size.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from local.bandyer_simulator.server import running_simulator
from shipping.roots import write_directory
from tests.fakes.api_gateway import http_event
from tests.fakes.aws_server import running_aws_server
from tests.fakes.certificates import new_authority
from tests.infrastructure.built_functions import SECRET, BuiltFunctions, SmallTable
from tests.infrastructure.test_cold_start import GET, POST, VISIT

MEMORY_MEGABYTES: Final = (128, 256, 512, 1024, 1769)
MEGABYTES_OF_A_PROCESSOR: Final = 1769
REQUESTS: Final = 100
PROGRAM: Final = Path(__file__).with_name("request_process.py")


def measure(build: Path, *, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run GET and POST in turn."""
    runs: dict[str, list[dict[str, Any]]] = {GET: [], POST: []}
    authority = new_authority()
    with tempfile.TemporaryDirectory() as name, running_simulator(api_key=SECRET["apiKey"]) as bandyer:
        folder = Path(name)
        report = folder / "report.json"
        write_directory(authority.pem, folder / "roots")
        with running_aws_server(tls=authority.server_context(folder)) as aws:
            table = SmallTable()
            aws.answers_always(table.step(aws))
            environment = {
                "AWS_ENDPOINT_URL": f"https://localhost:{aws.port}",
                "AWS_CA_BUNDLE": str(folder / "roots"),
            }
            functions = BuiltFunctions(build, aws, bandyer.url, environment)
            for _ in range(rounds):
                posts = [http_event("POST", body=VISIT)] * REQUESTS
                functions.start(POST, events=posts, program=PROGRAM, report=report)
                runs[POST].append(json.loads(report.read_text(encoding="utf-8")))
                visit = next(key for key in table.items if key.startswith("TELE")).partition("#")[2]
                gets = [http_event(teleconsultation_id=visit)] * REQUESTS
                functions.start(GET, events=gets, program=PROGRAM, report=report)
                runs[GET].append(json.loads(report.read_text(encoding="utf-8")))
    return runs


def table(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Return medians as Markdown."""
    sizes = " | ".join(f"{size} MB" for size in MEMORY_MEGABYTES)
    lines = [
        f"| function | init ms | first ms | warm ms | peak MB | first + warm ms with {sizes} |",
        "|---|" + "--:|" * (4 + len(MEMORY_MEGABYTES)),
    ]
    for name, measured in runs.items():
        init = statistics.median(run["init"] for run in measured) * 1e3
        first = statistics.median(run["requests"][0] for run in measured) * 1e3
        warm = statistics.median(statistics.median(run["requests"][10:]) for run in measured) * 1e3
        peak = statistics.median(run["peak_megabytes"] for run in measured)
        shares = [MEGABYTES_OF_A_PROCESSOR / size for size in MEMORY_MEGABYTES]
        durations = " | ".join(f"{first * share:.1f} / {warm * share:.1f}" for share in shares)
        lines.append(f"| {name} | {init:.0f} | {first:.1f} | {warm:.2f} | {peak:.0f} | {durations} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure(Path(sys.argv[1]), rounds=int(sys.argv[2]) if len(sys.argv) > 2 else 5)))
