"""The text on the terminal when the stack is ready: links to open, commands to paste, further addresses."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from local import events_page, reference
from local.demonstration import Demonstration
from local.gateway.app import RequestLine
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
    """Print the text; each link and command is one unwrapped line, so that it can be copied whole."""
    _line(console, ("Teleconsultation Service", "bold green"), (f"  ready in {seconds:.1f} s", "dim"))
    _heading(console, "A visit that is open now: open both links, each in its own window")
    for title, url in (
        ("Doctor", demonstration.doctor_url),
        ("Patient", demonstration.patient_url),
        ("Either, who signs in", demonstration.sign_in_url),
    ):
        console.print()
        _line(console, (title, "bold cyan"))
        _line(console, (url, ""))
    _heading(console, "The API: paste a line into another terminal")
    for method, command in demonstration.curl.items():
        console.print()
        _line(console, (f"{method:<6}", "bold"), (f" {_TITLES[method]}", "cyan"))
        _line(console, (command, ""))
    _heading(console, "Also running")
    logs = [_short(state_directory / name) for name in (FUNCTIONS_LOG, EMULATOR_LOG)]
    for title, value in (
        ("API reference", f"{stack.site_url}{reference.PATH}"),
        ("Events, live", f"{stack.site_url}{events_page.PATH}  (signed with {stack.events_secret})"),
        ("Bandyer simulator", f"{stack.bandyer.url}  (its content: {stack.bandyer.url}/_control/state)"),
        (
            "Token issuer",
            f"{stack.issuer.url}  (a token: .venv/bin/python -m local token --user ID [--manage] "
            "[--settings])",
        ),
        ("AWS emulator", f"{stack.aws.url}  (DynamoDB, Secrets Manager)"),
        ("Logs", f"{logs[0]} (functions, JSON), {logs[1]} (AWS emulator)"),
    ):
        _line(console, (f"{title:<19}", "cyan"), (value, ""))
    console.print()
    _line(console, ("Ready. Ctrl-C stops everything; visits are not kept.", "bold"))


def print_request(console: Console, line: RequestLine) -> None:
    """Print one request."""
    style = "green" if line.status < 400 else "yellow" if line.status < 500 else "red"
    _line(
        console,
        (f"{line.method:<6} {line.route:<29} ", ""),
        (str(line.status), style),
        (f"  {line.milliseconds} ms", "dim"),
    )


def _heading(console: Console, text: str) -> None:
    console.print()
    _line(console, (text, "bold underline"))


def _line(console: Console, *parts: tuple[str, str]) -> None:
    line = Text.assemble(*parts)
    # A token fills most of a line and is of no use to a reader.
    line.highlight_regex(_TOKEN, "dim")
    console.print(line, soft_wrap=True, highlight=False)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
