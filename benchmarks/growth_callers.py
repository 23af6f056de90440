"""The local stack under 50 callers at once, without a pause, for a minute."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.report import table
from local.stack import running_stack

CALLERS: Final = 50
SECONDS: Final = 60


class RefusedError(Exception):
    """Somebody got another answer than they should have; the text says how often which."""


def measure_callers(_build: Path, folder: Path) -> str:
    """Return the table.

    The callers are another process: in this one the gateway is.

    Raises:
        RefusedError: not everybody was served.
    """
    with running_stack(state_directory=folder / "stack") as stack:
        tokens = [stack.issuer.token("booking-system", manage=True), stack.issuer.token("doctor-1")]
        result = subprocess.run(
            [sys.executable, Path(__file__).with_name("callers.py"), stack.api_url],
            input=json.dumps({"tokens": tokens, "callers": CALLERS, "seconds": SECONDS}),
            capture_output=True,
            text=True,
            timeout=SECONDS + 60,
            check=True,
        )
    found: dict[str, Any] = json.loads(result.stdout)
    if found["errors"]:
        raise RefusedError(json.dumps(found["errors"]))
    rows = [
        (
            name,
            str(figures["count"]),
            *(f"{figures[figure]:.0f}" for figure in ("p50_ms", "p99_ms", "most_ms")),
        )
        for name, figures in found["requests"].items()
    ]
    head = f"{CALLERS} callers for {SECONDS} s, no error", "answers", "p50 ms", "p99 ms", "slowest ms"
    return table(head, rows)
