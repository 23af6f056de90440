"""`python -m local` runs the product on this machine; `python -m local token` prints a token for it."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final

from rich.console import Console

from deployment.bundle import build_page
from deployment.errors import DeploymentError
from local import start_text, users_api
from local.demonstration import DemonstrationError, create_demonstration
from local.gateway.app import RequestLine
from local.gateway.invoker import FunctionError
from local.issuer import DEFAULT_LIFETIME_SECONDS, SigningKeyError
from local.ports import PortError, Ports
from local.stack import (
    FUNCTIONS_LOG,
    SITE,
    START_ERRORS,
    STATE_DIRECTORY,
    running_stack,
    token_issuer,
    utc_now,
)

_FAILED: Final = 1
_WRONG_USE: Final = 2
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        ports = Ports.from_environment(os.environ)
        if options.command == "token":
            return _print_token(options, ports=ports)
        ports.check()
    except PortError as error:
        return _report(str(error), code=_WRONG_USE)
    except SigningKeyError as error:
        return _report(str(error), code=_FAILED)
    if not options.built:
        return _run(ports, site_directory=SITE, events_to=options.events_to)
    with TemporaryDirectory() as folder:
        try:
            build_page(SITE, into=Path(folder))
        except DeploymentError as error:
            return _report(str(error), code=_FAILED)
        return _run(ports, site_directory=Path(folder), events_to=options.events_to)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Run the whole product on this machine, until Ctrl-C."
    )
    parser.add_argument(
        "--events-to",
        action="append",
        default=[],
        metavar="URL",
        help="send each event to this address too; it may be on this machine",
    )
    parser.add_argument("--built", action="store_true", help="serve the page as `make deploy` publishes it")
    token = parser.add_subparsers(dest="command").add_parser(
        "token", help="print a token that the stack on this machine accepts"
    )
    token.add_argument("--user", required=True, metavar="ID", help="the participant's userExternalId")
    token.add_argument("--manage", action="store_true", help="with the scope for POST, PATCH and DELETE")
    token.add_argument("--settings", action="store_true", help="with the scope for /settings")
    token.add_argument(
        "--expires-in",
        type=int,
        default=DEFAULT_LIFETIME_SECONDS,
        metavar="SECONDS",
        help="default: 12 hours",
    )
    return parser


def _print_token(options: argparse.Namespace, *, ports: Ports) -> int:
    tokens = token_issuer(port=ports.issuer)
    print(
        tokens.token(
            options.user,
            manage=options.manage,
            settings=options.settings,
            expires_in_seconds=options.expires_in,
        )
    )
    return 0


def _run(ports: Ports, *, site_directory: Path, events_to: Sequence[str]) -> int:
    console = Console()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    started = time.monotonic()
    ready = threading.Event()

    def on_request(line: RequestLine) -> None:
        # The launcher's own first request would appear in the middle of the start text.
        if ready.is_set():
            start_text.print_request(console, line)

    _stop_on_signals()
    try:
        with running_stack(
            ports=ports,
            site_directory=site_directory,
            on_request=on_request,
            events_to=events_to,
            users=users_api.USERS,
        ) as stack:
            start_text.print_start_text(
                console,
                stack=stack,
                demonstration=create_demonstration(stack, now=utc_now()),
                state_directory=STATE_DIRECTORY,
                seconds=time.monotonic() - started,
            )
            ready.set()
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopped.")
    except (FunctionError, DemonstrationError) as error:
        return _report(f"{str(error).rstrip('.')}. See {STATE_DIRECTORY / FUNCTIONS_LOG}.", code=_FAILED)
    except START_ERRORS as error:
        return _report(str(error), code=_FAILED)
    return 0


def _stop_on_signals() -> None:
    """Make the first signal stop everything in order; later ones are ignored meanwhile."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in _STOP_SIGNALS:
        signal.signal(number, stop)


def _report(text: str, *, code: int) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
