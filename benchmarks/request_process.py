"""A program: start one built function, call it often, and say what processor time and memory that took.

`python request_process.py FUNCTION LAYER REPORT`, events (a JSON list) on standard input.
"""

import sys
import time

FUNCTION, LAYER, REPORT = sys.argv[1:]
sys.path[:1] = [FUNCTION, LAYER]
start = time.process_time()
import app  # type: ignore[import-not-found]  # noqa: E402 - the function

init = time.process_time() - start

import json  # noqa: E402 - the function has it by now


class Context:
    """As much of Lambda's as there is to read."""

    function_name = "function"
    memory_limit_in_mb = "512"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:function"
    aws_request_id = "d0e8bb0c-7b2b-4f8b-9a45-6a9ed1b5a1f1"

    def get_remaining_time_in_millis(self) -> int:
        """Return ten seconds."""
        return 10_000


seconds = []
for event in json.load(sys.stdin):
    before = time.process_time()
    answer = app.lambda_handler(event, Context())
    seconds.append(time.process_time() - before)
    # The two without a route answer with a report.
    assert answer.get("statusCode", 200) < 300, answer

with open("/proc/self/status", encoding="utf-8") as status:
    peak = next(line for line in status if line.startswith("VmHWM"))
with open(REPORT, "w", encoding="utf-8") as file:
    json.dump({"init": init, "requests": seconds, "peak_megabytes": int(peak.split()[1]) / 1024}, file)
