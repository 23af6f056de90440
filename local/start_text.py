"""What a person reads when the stack is ready: links to open, commands to paste, and where the rest is."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from local import reference
from local.demonstration import Demonstration
from local.gateway.app import Served
from local.stack import EMULATOR_LOG, FUNCTIONS_LOG, Stack

_TOKEN: Final = r"eyJ[\w.-]+"
_TITLES: Final = {
    "POST": "Create a visit for tomorrow",
    "GET": "Read this visit, as the doctor",
    "PATCH": "Move it by a few minutes",
    "DELETE": "Cancel it",
}


def print_start_text(
    console: Console,
    *,
    stack: Stack,
    demonstration: Demonstration,
    state_directory: Path,
    seconds: float,
) -> None:
    """Print it; each link and command is a line of its own, never folded, so that it can be copied whole."""
    _line(console, ("Teleconsultation Service", "bold green"), (f"  ready in {seconds:.1f} s", "dim"))
    _heading(console, "A visit that is open now: open both links, each in a window of its own")
    for title, url in (("Doctor", demonstration.doctor_url), ("Patient", demonstration.patient_url)):
        console.print()
        _line(console, (title, "bold cyan"))
        _line(console, (url, ""))
    _heading(console, "The API: paste a line")
    for method, command in demonstration.curl.items():
        console.print()
        _line(console, (f"{method:<6}", "bold"), (f" {_TITLES[method]}", "cyan"))
        _line(console, (command, ""))
    _heading(console, "Behind it")
    logs = [_short(state_directory / name) for name in (FUNCTIONS_LOG, EMULATOR_LOG)]
    for title, value in (
        ("API reference", f"{stack.site_url}{reference.PATH}"),
        ("Bandyer simulator", f"{stack.bandyer.url}  (what it holds: {stack.bandyer.url}/_control/state)"),
        (
            "Token issuer",
            f"{stack.issuer.url}  (a token: .venv/bin/python -m local token --user ID [--manage])",
        ),
        ("AWS emulator", f"{stack.aws.url}  (DynamoDB, Secrets Manager)"),
        ("Logs", f"{logs[0]} (of the functions, JSON), {logs[1]}"),
    ):
        _line(console, (f"{title:<19}", "cyan"), (value, ""))
    console.print()
    _line(console, ("Ready. Ctrl-C stops everything; nothing is kept.", "bold"))


def print_request(console: Console, served: Served) -> None:
    """Print one request: no ids, no query."""
    style = "green" if served.status < 400 else "yellow" if served.status < 500 else "red"
    _line(
        console,
        (f"{served.method:<6} {served.route:<29} ", ""),
        (str(served.status), style),
        (f"  {served.milliseconds} ms", "dim"),
    )


def _heading(console: Console, text: str) -> None:
    console.print()
    _line(console, (text, "bold underline"))


def _line(console: Console, *parts: tuple[str, str]) -> None:
    line = Text.assemble(*parts)
    # A token is most of a line and says nothing to a reader.
    line.highlight_regex(_TOKEN, "dim")
    console.print(line, soft_wrap=True, highlight=False)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
