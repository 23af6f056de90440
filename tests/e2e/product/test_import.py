"""Visits of another service, imported into the whole product and opened by their people."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bandyer import new_session
from local.ports import Ports
from local.stack import Stack, environment_of, utc_now
from migration.connection import Connection, connection_to
from migration.importing import JOIN_LINKS_FILE, import_dump
from migration.rehearsal import seed_simulator
from migration.sample import write_sample
from teleconsultation.use_cases.import_visit import ImportRules
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import enter_all, expect_whole_call

OPENED = 2
"""Visits that are opened, of the six that are open now."""


@pytest.fixture
def connection(stack: Stack) -> Connection:
    """The connection of a command that another process runs: it knows the ports only."""
    ports = Ports(
        gateway=_port(stack.site_url),
        bandyer=stack.bandyer.port,
        issuer=_port(stack.issuer.url),
        aws=_port(stack.aws.url),
    )
    return connection_to(
        environment_of(ports),
        dynamodb=stack.aws.client("dynamodb"),
        secrets_manager=stack.aws.client("secretsmanager"),
        session=new_session(),
        page_url=stack.site_url,
    )


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def test_both_people_of_an_imported_visit_meet_in_the_room_it_had(
    stack: Stack, connection: Connection, open_link: OpenLink, tmp_path: Path
) -> None:
    dump = tmp_path / "dump"
    write_sample(dump, now=utc_now())
    seed_simulator(dump, connection=connection, simulator_url=stack.bandyer.url)

    rules = ImportRules(writes=True, clamps=False, closes_past=False)
    import_dump(dump, connection=connection, rules=rules, say=lambda _: None)

    links: dict[str, list[str]] = {}
    for line in (dump / JOIN_LINKS_FILE).read_text(encoding="utf-8").splitlines():
        person = json.loads(line)
        links.setdefault(person["roomId"], []).append(person["joinUrl"])
    for people in list(links.values())[:OPENED]:
        pages = [open_link(link) for link in people]
        enter_all(*pages)
        expect_whole_call(*pages)
        for page in pages:
            page.context.close()
