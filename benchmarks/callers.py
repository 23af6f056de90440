"""A program: call an API from many threads without a pause, and say how long the answers took.

`python callers.py API_URL`; tokens and numbers as JSON on standard input. Each caller makes a visit, reads it
as its doctor, and makes another one every MAKES_EVERY requests.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

MAKES_EVERY = 20
PATIENCE_SECONDS = 30

url = urlsplit(sys.argv[1])
settings = json.load(sys.stdin)
manager, doctor = settings["tokens"]
end = time.monotonic() + settings["seconds"]
lock = threading.Lock()
seconds: dict[str, list[float]] = defaultdict(list)
errors: Counter[str] = Counter()


def visit() -> str:
    """Return the body of a POST."""
    start = datetime.now(UTC) + timedelta(minutes=2)
    people = [
        {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Gregory House"},
        {"userExternalId": "patient-1", "groups": ["patient"], "fullName": "Ada Verdi"},
    ]
    return json.dumps(
        {
            "participants": {"number": 2, "data": people},
            "start_date": start.isoformat(timespec="milliseconds"),
            "duration_in_seconds": 3600,
        }
    )


def call(
    connection: http.client.HTTPConnection, method: str, path: str, *, token: str, body: str = "", kind: str
) -> Any:
    """Send one request; note under its kind how long it took, or what came instead of success."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    before = time.perf_counter()
    try:
        connection.request(method, f"{url.path}/teleconsultation{path}", body or None, headers)
        response = connection.getresponse()
        content, status = response.read(), str(response.status)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        content, status = b"", type(error).__name__
    with lock:
        seconds[kind].append(time.perf_counter() - before)
        if status not in {"200", "201"}:
            errors[f"{kind}: {status}"] += 1
            return None
    return json.loads(content)


def caller() -> None:
    """Call until the time is over."""
    connection = http.client.HTTPConnection(url.netloc, timeout=PATIENCE_SECONDS)
    mine = None
    number = 0
    while time.monotonic() < end:
        if mine is None or number % MAKES_EVERY == 0:
            # All callers' first ones come at once, to functions that have yet to start.
            kind = "POST" if number else "POST, each caller's first"
            made = call(connection, "POST", "", token=manager, body=visit(), kind=kind)
            mine = made["roomId"] if made else None
        else:
            call(connection, "GET", f"/{mine}", token=doctor, kind="GET")
        number += 1


threads = [threading.Thread(target=caller) for _ in range(settings["callers"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

requests = {}
for kind, taken in seconds.items():
    taken.sort()
    requests[kind] = {
        "count": len(taken),
        "p50_ms": taken[len(taken) // 2] * 1e3,
        "p99_ms": taken[len(taken) * 99 // 100] * 1e3,
        "most_ms": taken[-1] * 1e3,
    }
print(json.dumps({"requests": requests, "errors": errors}))
