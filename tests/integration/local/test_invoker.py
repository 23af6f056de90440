import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployment.template.application import Function
from local.gateway.invoker import FunctionError, FunctionTimeoutError, InProcessInvoker, Invoker, PoolInvoker

type WriteFunction = Callable[..., Function]
type Pools = Callable[..., PoolInvoker]


def run(invoker: Invoker, function: Function, event: Any = None, *, timeout_seconds: float = 10) -> Any:
    return invoker(function, event=event, request_id="request-1", timeout_seconds=timeout_seconds)


@pytest.fixture(params=["processes", "in-process"])
def invoker_of(request: pytest.FixtureRequest, pools: Pools) -> Callable[[Function], Invoker]:
    """Both invokers: their common behaviour is tested on both."""
    return pools if request.param == "processes" else lambda _: InProcessInvoker()


def test_the_handler_gets_event_and_context_and_its_result_comes_back(
    write_function: WriteFunction, invoker_of: Callable[[Function], Invoker]
) -> None:
    function = write_function(
        """
def lambda_handler(event, context):
    remaining = context.get_remaining_time_in_millis()
    return [event, context.aws_request_id, context.function_name, remaining]
"""
    )

    result = run(invoker_of(function), function, {"name": "Zoë"}, timeout_seconds=5)

    *facts, remaining = result
    assert facts == [{"name": "Zoë"}, "request-1", "Sample"]
    assert 4_000 < remaining <= 5_000


@pytest.mark.parametrize("body", ["raise ValueError('the reason')", "return object()"])
def test_a_function_that_fails_is_an_error(
    write_function: WriteFunction, invoker_of: Callable[[Function], Invoker], body: str
) -> None:
    function = write_function(f"def lambda_handler(event, context):\n    {body}")
    invoker = invoker_of(function)

    for _ in range(2):
        with pytest.raises(FunctionError, match=r"^Sample raised (ValueError|TypeError)$"):
            run(invoker, function)


def test_a_handlers_state_is_kept_between_calls(
    write_function: WriteFunction, invoker_of: Callable[[Function], Invoker]
) -> None:
    function = write_function(
        """
calls = []
def lambda_handler(event, context):
    calls.append(event)
    return len(calls)
"""
    )
    invoker = invoker_of(function)

    assert [run(invoker, function) for _ in range(3)] == [1, 2, 3]


def test_in_process_the_modules_are_those_the_tests_import() -> None:
    root = Path(__file__).resolve().parents[3]
    code = root / "functions" / "get_teleconsultation"
    function = Function(
        name="Get",
        code=code,
        handler="app.__name__.upper",
        layers=(),
        timeout_seconds=1,
        memory_megabytes=128,
        environment={},
    )

    with pytest.raises(ModuleNotFoundError, match=r"functions\.get_teleconsultation\.app\.__name__"):
        run(InProcessInvoker(), function)


def test_a_process_has_exactly_the_functions_environment(
    write_function: WriteFunction, pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_OF_MINE", "1")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    function = write_function(
        "import os\ndef lambda_handler(event, context):\n    return dict(os.environ)", TABLE_NAME="items"
    )

    environment = run(pools(function, AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1"), function)

    assert environment["TABLE_NAME"] == "items"
    assert environment["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "Sample"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    own = {"TABLE_NAME", "PATH", "LANG", "TZ", "LAMBDA_TASK_ROOT", "_HANDLER", "PYTHONPATH"}
    # The interpreter itself sets LC_CTYPE in a C locale (PEP 538).
    assert {name for name in environment if not name.startswith("AWS_")} - {"LC_CTYPE"} == own
    assert "AWS_PROFILE" not in environment


def test_a_process_sees_its_code_and_its_layer_and_not_the_project(
    write_function: WriteFunction, pools: Pools
) -> None:
    function = write_function(
        """
import os, sys
import in_the_layer
def lambda_handler(event, context):
    return {"layer": in_the_layer.GREETING, "path": sys.path, "folder": os.getcwd()}
"""
    )

    result = run(pools(function), function)

    assert result["layer"] == "hello"
    assert result["folder"] == str(function.code)
    assert result["path"][:2] == [str(function.code), str(function.layers[0])]
    assert str(Path(__file__).resolve().parents[3]) not in result["path"]


def test_parallel_requests_run_in_processes_of_their_own(write_function: WriteFunction, pools: Pools) -> None:
    # Each call ends after all have started: with fewer processes than calls this would time out.
    function = write_function(
        """
import os, pathlib, time
def lambda_handler(folder, context):
    (pathlib.Path(folder) / str(os.getpid())).touch()
    while len(os.listdir(folder)) < 3:
        time.sleep(0.005)
    return os.getpid()
"""
    )
    folder = function.code.parent / "meeting"
    folder.mkdir()
    invoker = pools(function)

    with ThreadPoolExecutor(max_workers=3) as threads:
        processes = list(threads.map(lambda _: run(invoker, function, str(folder)), range(3)))

    assert len(set(processes)) == 3
    assert os.getpid() not in processes


def test_an_idle_process_is_used_again(write_function: WriteFunction, pools: Pools) -> None:
    function = write_function("import os\ndef lambda_handler(event, context):\n    return os.getpid()")
    invoker = pools(function)

    assert len({run(invoker, function) for _ in range(3)}) == 1


@pytest.mark.parametrize("death", ["os._exit(1)", "os.kill(os.getpid(), 9)", "sys.exit(0)"])
def test_a_process_that_exits_fails_its_own_request_only(
    write_function: WriteFunction, pools: Pools, death: str
) -> None:
    function = write_function(
        f"""
import os, sys
def lambda_handler(event, context):
    if event == "die":
        {death}
    return event
"""
    )
    invoker = pools(function)

    with pytest.raises(FunctionError):
        run(invoker, function, "die")

    assert run(invoker, function, "live") == "live"


def _wait_until_it_has_exited(process: int) -> None:
    # A zombie: its parent, the fork server, has not waited for it yet.
    deadline = time.monotonic() + 5
    while Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_idle_process_that_exited_is_replaced(write_function: WriteFunction, pools: Pools) -> None:
    function = write_function("import os\ndef lambda_handler(event, context):\n    return os.getpid()")
    invoker = pools(function)
    process = run(invoker, function)
    os.kill(process, 9)
    _wait_until_it_has_exited(process)

    assert run(invoker, function) != process


def test_a_hanging_function_is_ended_at_its_timeout(write_function: WriteFunction, pools: Pools) -> None:
    function = write_function(
        """
import os, pathlib, time
def lambda_handler(event, context):
    pathlib.Path(event).write_text(str(os.getpid()))
    time.sleep(60)
"""
    )
    note = function.code / "process.txt"

    with pytest.raises(FunctionTimeoutError):
        run(pools(function), function, str(note), timeout_seconds=0.3)

    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text(encoding="utf-8")), 0)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit('no')", "SystemExit: no"),
        ("handler = 1", "AttributeError"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_handler_that_cannot_be_loaded_fails_at_the_start(
    write_function: WriteFunction, pools: Pools, code: str, reason: str
) -> None:
    function = write_function(code)

    with pytest.raises(FunctionError) as caught:
        pools(function).warm()

    assert str(caught.value).startswith("Sample cannot be loaded: ")
    assert reason in str(caught.value)


def test_what_functions_print_is_in_the_log(
    write_function: WriteFunction, pools: Pools, tmp_path: Path
) -> None:
    function = write_function(
        "def lambda_handler(event, context):\n    print('a line')\n    raise ValueError('the reason')"
    )

    with pytest.raises(FunctionError):
        run(pools(function), function)

    log = (tmp_path / "functions.log").read_text(encoding="utf-8")
    assert "a line\n" in log
    assert "ValueError: the reason" in log


def test_closing_ends_processes_that_are_busy(write_function: WriteFunction, pools: Pools) -> None:
    function = write_function(
        """
import os, pathlib, time
def lambda_handler(event, context):
    pathlib.Path(event).write_text(str(os.getpid()))
    time.sleep(60)
"""
    )
    note = function.code / "process.txt"
    invoker = pools(function)
    failures: list[FunctionError] = []

    def call() -> None:
        try:
            run(invoker, function, str(note))
        except FunctionError as error:
            failures.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    deadline = time.monotonic() + 5
    while not (note.exists() and note.read_text(encoding="utf-8")) and time.monotonic() < deadline:
        time.sleep(0.01)

    invoker.close()
    caller.join(5)

    assert len(failures) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text(encoding="utf-8")), 0)


def test_without_the_fork_server_a_start_fails_and_what_runs_goes_on(
    write_function: WriteFunction, pools: Pools
) -> None:
    function = write_function(
        "import os\ndef lambda_handler(event, context):\n    return [os.getpid(), os.getppid()]"
    )
    other = replace(function, name="Other")
    invoker = pools(function, other)
    process, fork_server = run(invoker, function)

    os.kill(fork_server, signal.SIGKILL)

    with pytest.raises(FunctionError, match="start the stack again"):
        run(invoker, other)
    assert run(invoker, function)[0] == process
