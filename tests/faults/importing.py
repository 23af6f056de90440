"""An import as a function: what a process of the fault tests runs when it is asked for this module."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bandyer import new_session
from migration.connection import Connection, connection_to
from migration.errors import MigrationError
from migration.importing import import_dump
from migration.rehearsal import seed_simulator
from teleconsultation import bootstrap
from teleconsultation.domain.ports import Clock
from teleconsultation.use_cases.import_visit import ImportRules
from tests.faults.process_pool import Ask
from tests.faults.world import World

MODULE = __name__
PAGE_URL = "https://visits.example"
RULES = ImportRules(writes=True, clamps=False, closes_past=True)


def importing(files: Mapping[str, str]) -> Ask:
    """Return the import of a dump with these files."""
    return Ask(function=MODULE, event=files)


def lambda_handler(event: Mapping[str, str], _context: object) -> dict[str, Any]:
    """Import a dump; the answer's status is that of a request which comes to the same."""
    with TemporaryDirectory() as folder:
        write_dump(Path(folder), event)
        connection = connection_to(
            os.environ,
            dynamodb=bootstrap._dynamodb(),
            secrets_manager=bootstrap.secrets_manager(),
            session=bootstrap._http_session(),
            page_url=PAGE_URL,
            clock=bootstrap.clock,
        )
        try:
            report = import_dump(
                Path(folder), connection=connection, rules=RULES, say=lambda _: None, sleep=lambda _: None
            )
        except MigrationError:
            return {"statusCode": 503}
    is_busy = any("run the import again" in text for text in report.visits)
    return {"statusCode": 409 if is_busy else 200}


def write_dump(folder: Path, files: Mapping[str, str]) -> None:
    """Write a dump's files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def connection_of(world: World, *, clock: Clock) -> Connection:
    """Return the connection of this process to a world."""
    return connection_to(
        world.environment,
        dynamodb=world.dynamodb,
        secrets_manager=world.secrets_manager,
        session=new_session(),
        page_url=PAGE_URL,
        clock=clock,
    )


def seed(world: World, folder: Path) -> None:
    """Give the world's provider the users and rooms of a dump."""
    url = world.environment["BANDYER_BASE_URL"]
    seed_simulator(folder, connection=connection_of(world, clock=world.clock), simulator_url=url)
