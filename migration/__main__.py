"""Translate the settings of Mia-Platform's Teleconsultation Service: see the Makefile."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from migration.errors import MigrationError
from migration.former_settings import read_former_settings
from migration.translation import lines_of, translated

_COMMANDS = {"settings": "settings-from-mia"}


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a failure prints one line and returns 1."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except MigrationError as error:
        print(f"make {_COMMANDS[options.command]}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m migration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    settings = commands.add_parser("settings", help="print lines for samconfig.toml")
    settings.add_argument("files", nargs="*", type=Path, metavar="FILE")
    settings.set_defaults(run=_settings)
    return parser


def _settings(options: argparse.Namespace) -> None:
    if not options.files:
        raise MigrationError('Name the files: make settings-from-mia FILE="mia.env config.json"')
    for line in lines_of(translated(read_former_settings(options.files))):
        print(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
