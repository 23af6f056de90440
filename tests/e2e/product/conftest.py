from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

import local.stack
from local.stack import FUNCTIONS_LOG, Stack, running_stack
from tests.e2e.media import WATCH
from tests.e2e.witness import Witness
from tests.integration.api.client import ApiClient, Provider, Table, World
from tests.integration.api.contract import Contract, load_document
from tests.pages import chosen_page

# A real call takes time to connect on a busy machine.
TIMEOUT_MS = 20_000

type OpenLink = Callable[..., Page]


@pytest.fixture(scope="package")
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product")


@pytest.fixture(scope="package")
def stack(state_directory: Path) -> Iterator[Stack]:
    """The stack of `make run`: every function in its own processes, with its log.

    Without its schedules: what the reconciler does every five minutes would look like the effect of a test.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        chosen_page() as folder,
    ):
        patch.setattr(local.stack, "running_schedules", no_schedules)
        with running_stack(site_directory=folder, state_directory=state_directory, events_to=()) as running:
            yield running


def no_schedules(*_: object, **__: object) -> AbstractContextManager[None]:
    return nullcontext()


@pytest.fixture(scope="package")
def api(stack: Stack) -> ApiClient:
    return ApiClient(stack, Contract(load_document()))


@pytest.fixture(scope="package")
def world(stack: Stack) -> Iterator[World]:
    with httpx2.Client(base_url=stack.bandyer.url, trust_env=False) as http:
        yield World(Table(stack.table_name, stack.aws.client("dynamodb")), Provider(stack.bandyer, http))


@pytest.fixture(scope="package")
def functions_log(stack: Stack, state_directory: Path) -> Callable[[], str]:
    return (state_directory / FUNCTIONS_LOG).read_text


@dataclass
class Guard:
    """The allowed origins, and the secrets that must not leak; opened links add their own."""

    origins: set[str]
    secrets: set[str] = field(default_factory=set)


@pytest.fixture
def guard(stack: Stack) -> Guard:
    return Guard({stack.site_url, stack.bandyer.url})


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def open_link(browser: Browser, stack: Stack, witness: Witness, guard: Guard) -> Iterator[OpenLink]:
    """Opens a link as its reader does, in a browser of their own.

    `patches` break the page on purpose: by path, the text to replace and what stands in its place. Whatever
    is asked of somebody else fails the test, and so do a secret in the wrong place and an error in a page.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_link(
        url: str,
        *,
        patches: Mapping[str, tuple[str, str]] | None = None,
        init_script: str = "",
        **options: Any,
    ) -> Page:
        guard.secrets.add(url.partition("=")[2])
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Rome"} | options)
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.add_init_script(WATCH + init_script)
        witness.watch(context)
        for path, patch in (patches or {}).items():
            context.route(stack.site_url + path, partial(_patched, patch))
        page = context.new_page()
        page.goto(url)
        return page

    yield open_link
    for context in contexts:
        context.close()
    assert errors == []
    assert witness.complaints(origins=guard.origins, secrets=guard.secrets) == []


def _patched(patch: tuple[str, str], route: Route) -> None:
    response = route.fetch()
    before, after = patch
    assert before in response.text()
    route.fulfill(response=response, body=response.text().replace(before, after))
