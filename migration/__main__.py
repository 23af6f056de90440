"""Move from Mia-Platform's Teleconsultation Service: see the Makefile and docs/coming-from-mia.md."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from local.ports import HOST, Ports
from migration.connection import LOCAL, connect, utc_now
from migration.errors import MigrationError
from migration.export import export_changes
from migration.former_settings import read_former_settings
from migration.importing import import_dump
from migration.rehearsal import seed_simulator
from migration.sample import write_sample
from migration.translation import lines_of, translated
from teleconsultation.use_cases.import_visit import ImportRules

_TARGETS = {"settings": "settings-from-mia"}


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a failure prints one line and returns 1."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    target = _TARGETS.get(options.command, options.command)
    try:
        run(options)
    except MigrationError as error:
        print(f"make {target}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {target}: stopped. What was done stays; run it again to continue.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m migration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    settings = commands.add_parser("settings", help="print lines for samconfig.toml")
    settings.add_argument("files", nargs="*", type=Path, metavar="FILE")
    settings.set_defaults(run=_settings)

    importing = commands.add_parser("import", help="import a dump; without --write only report")
    importing.add_argument("--env", default="", metavar="dev|prod|local")
    importing.add_argument("--from", dest="folder", type=Path, metavar="FOLDER")
    importing.add_argument("--write", action="store_true", help="import; else nothing is changed")
    importing.add_argument(
        "--clamp", action="store_true", help="import visits under 5 minutes and over 24 hours"
    )
    importing.add_argument("--close-past", action="store_true", help="disable rooms of visits that are over")
    importing.add_argument(
        "--seed", action="store_true", help="with local: first give the simulator the dump's users and rooms"
    )
    importing.set_defaults(run=_import)

    export = commands.add_parser("export", help="write what has changed since the import")
    export.add_argument("--env", default="", metavar="dev|prod|local")
    export.add_argument("--to", dest="folder", type=Path, metavar="FOLDER")
    export.set_defaults(run=_export)

    sample = commands.add_parser("sample", help="write a made-up dump around the present instant")
    sample.add_argument("folder", type=Path, metavar="FOLDER")
    sample.set_defaults(run=_sample)
    return parser


def _settings(options: argparse.Namespace) -> None:
    if not options.files:
        raise MigrationError('Name the files: make settings-from-mia FILE="mia.env config.json"')
    for line in lines_of(translated(read_former_settings(options.files))):
        print(line)


def _import(options: argparse.Namespace) -> None:
    if options.folder is None:
        raise MigrationError("Name the dump's folder: make import ENV=dev FROM=dump/")
    connection = connect(options.env)
    if options.seed:
        if options.env != LOCAL:
            raise MigrationError("--seed is for the simulator only: ENV=local")
        url = f"http://{HOST}:{Ports.from_environment(os.environ).bandyer}"
        users, rooms = seed_simulator(options.folder, connection=connection, simulator_url=url)
        print(f"The simulator has the dump's {users} users and {rooms} rooms.", flush=True)
    rules = ImportRules(writes=options.write, clamps=options.clamp, closes_past=options.close_past)
    report = import_dump(options.folder, connection=connection, rules=rules, say=_say)
    print()
    for line in report.lines(writes=options.write):
        print(line)


def _export(options: argparse.Namespace) -> None:
    if options.folder is None:
        raise MigrationError("Name a folder: make export ENV=dev TO=back/")
    visits, users = export_changes(options.folder, connection=connect(options.env))
    print(
        f"{visits} visits and {users} rows of the user map are in {options.folder}, which only you can read."
    )


def _sample(options: argparse.Namespace) -> None:
    write_sample(options.folder, now=utc_now())
    print(f"{options.folder} has a made-up dump: make import ENV=local FROM={options.folder} OPTIONS=--seed")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
