"""A program: start one built function as Lambda does, call it, and write down what that took.

`python cold_process.py FUNCTION LAYER REPORT` reads events (a JSON list) from standard input. It imports
nothing itself until the function is there.
"""

import gc
import sys

FUNCTION, LAYER, REPORT = sys.argv[1:]

opened: list[str] = []
written: list[str] = []
compiled: list[str] = []
WRITES = 0o3 | 0o100 | 0o1000  # O_WRONLY or O_RDWR, O_CREAT, O_TRUNC
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"}


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Keep what the interpreter itself reports: https://docs.python.org/3.13/library/audit_events.html"""
    if event == "open" and isinstance(arguments[0], str):
        opened.append(arguments[0])
        if isinstance(arguments[2], int) and arguments[2] & WRITES:
            written.append(arguments[0])
    elif event in CHANGES:
        written.append(str(arguments[0]))
    elif event == "compile" and str(arguments[1]).startswith((FUNCTION, LAYER)):
        compiled.append(str(arguments[1]))


sys.addaudithook(watch)
sys.path[:1] = [FUNCTION, LAYER]
before = set(sys.modules)
collections_before = sum(generation["collections"] for generation in gc.get_stats())

import app  # type: ignore[import-not-found]  # noqa: E402 - the function

modules = sorted(set(sys.modules) - before)
files = len(opened)
collections = sum(generation["collections"] for generation in gc.get_stats()) - collections_before

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


def is_read_only(folder: str) -> bool:
    """Try."""
    try:
        with open(f"{folder}/written.pyc", "wb"):  # noqa: PTH123 - as below
            return False
    except OSError:
        return True


def answer(event: object) -> object:
    """Return what Lambda answers: the function's answer, or the name of its refusal of the event."""
    try:
        return app.lambda_handler(event, Context())
    except Exception as error:
        if type(error).__name__ != "InvalidEventError":
            raise
        return {"errorType": "InvalidEventError"}


answers = [answer(event) for event in json.load(sys.stdin)]
written_by_the_function = list(written)
report = json.dumps(
    {
        "answers": answers,
        "collections": collections,
        "compiled": compiled,
        "files_opened": files,
        "is_read_only": all(is_read_only(folder) for folder in (FUNCTION, LAYER)),
        "modules": modules,
        "modules_after_requests": sorted(set(sys.modules) - before),
        "written": written_by_the_function,
    }
)
with open(REPORT, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded by then
    file.write(report)
