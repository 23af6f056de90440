"""The original's requests, sent to the original's address of a deployment with the original's settings."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from local.stack import Stack, running_stack
from migration.former_settings import FormerSettings
from migration.translation import translated
from teleconsultation.edge.http import ORIGINAL_ADDRESS
from tests.integration.api.client import Table, World
from tests.integration.api.replay.rows import (
    ADMINISTRATOR,
    BOOKING,
    CREDENTIALS,
    DIRECTORY,
    DOCTOR,
    ERRORS,
    EXAMPLES,
    GET,
    MISSING,
    PATIENT,
    POST,
    VALUES,
    Having,
    Image,
    Row,
    people,
)

TIMEOUT_SECONDS = 60.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployment with the parameters that `make settings-from-mia` prints for the original's defaults."""
    settings = translated(FormerSettings(variables={}, configuration={}))
    with running_stack(
        invocation="in-process",
        state_directory=tmp_path_factory.mktemp("stack"),
        parameters={
            **{parameter.name: parameter.value for parameter in settings.parameters},
            "DeleteUploads": "true",
        },
        users=DIRECTORY,
    ) as running:
        yield running


class Replay:
    """Sends rows, each to a fresh deployment with a directory; a visit is there if the row needs one."""

    def __init__(self, stack: Stack, world: World, http: httpx2.Client) -> None:
        self._stack = stack
        self._world = world
        self._http = http

    def difference(self, row: Row) -> str:
        """Send a row; return what is other than it says, or nothing."""
        self._world.provider.reset()
        self._world.table.clear()
        is_about_a_visit = "{id}" in row.request or row.request == CREDENTIALS
        answer = self._send(row, visit_id=self._visit(row) if is_about_a_visit else "")
        if answer.status_code != row.status:
            return f"{answer.status_code} {answer.text[:200]}"
        if row.answer is None:
            return f"a body: {answer.text[:200]}" if answer.content else ""
        if answer.headers["content-type"] != "application/json":
            return answer.headers["content-type"]
        return "; ".join(_differences(row.answer, answer.json()))

    def _send(self, row: Row, *, visit_id: str) -> httpx2.Response:
        method, _, path = row.request.partition(" ")
        path, _, query = path.replace("{id}", visit_id).partition("?")
        headers = {**self._authorization(row.by), **row.headers}
        if isinstance(row.body, Image):
            form = {"virtual_background": ("room.jpeg", row.body.content, "image/jpeg")}
            return self._http.request(method, path, headers=headers, files=form)
        if row.body is not None:
            headers["content-type"] = "application/json"
        return self._http.request(
            method,
            path,
            params=dict(parse_qsl(query)),
            headers=headers,
            content=b"" if row.body is None else json.dumps(row.body).encode(),
        )

    def _authorization(self, user: str | None) -> Mapping[str, str]:
        if user is None:
            return {}
        token = self._stack.issuer.token(user, manage=user == BOOKING, settings=user == ADMINISTRATOR)
        return {"authorization": f"Bearer {token}"}

    def _visit(self, row: Row) -> str:
        if row.visit == "never there":
            return MISSING
        start = timedelta(minutes=-1) if row.visit == "running" else timedelta(days=1)
        present = {"a seat is free": [DOCTOR], "a doctor is missing": [PATIENT]}.get(
            row.visit, [DOCTOR, PATIENT]
        )
        visit_id = self._create(people(2, *({"userId": one} for one in present)), start=start)
        if row.visit == "deleted":
            self._send(Row("", "", "DELETE /teleconsultation/{id}", None, 204, None), visit_id=visit_id)
        if row.visit == "unreadable":
            _spoil(self._world.table, visit_id)
        return visit_id

    def _create(self, participants: Mapping[str, Any], *, start: timedelta) -> str:
        start_date = (datetime.now(UTC) + start).isoformat()
        body = {**participants, "start_date": start_date, "duration_in_seconds": 3600}
        answer = self._send(Row("", "", "POST /teleconsultation", body, 201, None), visit_id="")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["roomId"])


def _spoil(table: Table, visit_id: str) -> None:
    item = table.teleconsultation(visit_id)
    del item["startDate"]
    table.put(item)


def _differences(wanted: Any, given: Any, *, at: str = "body") -> Iterator[str]:
    if isinstance(wanted, Having | Mapping | set):
        yield from _member_differences(wanted, given, at=at)
    elif not _is_as_wanted(wanted, given):
        yield f"{at} is {given!r}"


def _member_differences(wanted: Any, given: Any, *, at: str) -> Iterator[str]:
    members = wanted.members if isinstance(wanted, Having) else wanted
    if not isinstance(given, dict):
        yield f"{at} is no object"
        return
    surplus = set() if isinstance(wanted, Having) else given.keys() - set(members)
    if set(members) - given.keys() or surplus:
        yield f"{at} has {sorted(given)}"
    if isinstance(members, Mapping):
        for name in members.keys() & given.keys():
            yield from _differences(members[name], given[name], at=f"{at}.{name}")


def _is_as_wanted(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, re.Pattern):
        return isinstance(given, str) and wanted.match(given) is not None
    return isinstance(given, wanted) if isinstance(wanted, type) else bool(wanted == given)


@pytest.fixture
def replay(stack: Stack, world: World) -> Iterator[Replay]:
    # No test of speed: the machine may be busy.
    with httpx2.Client(
        base_url=f"{stack.site_url}{ORIGINAL_ADDRESS}", trust_env=False, timeout=TIMEOUT_SECONDS
    ) as http:
        yield Replay(stack, world, http)


@pytest.mark.parametrize(
    ("title", "rows"),
    [("The examples of the manual", EXAMPLES), ("Errors", ERRORS), ("Values", VALUES)],
    ids=["examples", "errors", "values"],
)
def test_each_request_gets_the_documented_answer(
    replay: Replay, capsys: pytest.CaptureFixture[str], title: str, rows: tuple[Row, ...]
) -> None:
    differences = {row.name: replay.difference(row) for row in rows}

    with capsys.disabled():
        sys.stdout.write(f"\n{title}\n{_table(rows, differences)}\n")
    assert {name: difference for name, difference in differences.items() if difference} == {}


def _table(rows: tuple[Row, ...], differences: Mapping[str, str]) -> str:
    lines = []
    for row in rows:
        request = row.request.partition("?")[0].replace("/teleconsultation", "…")
        decided = f"as we decided: {row.differs}" if row.differs else "as documented"
        verdict = differences[row.name] or decided
        lines.append(f"  {row.name:4} {request:34} {row.what:34} {row.status}  {verdict}")
    return "\n".join(lines)


def test_a_row_that_expects_something_else_is_told(replay: Replay) -> None:
    rows = (
        Row("1", "another status", POST, {}, 201, None),
        Row("2", "another text", POST, {}, 400, Having({"error": "Forbidden"})),
        Row("3", "a member too many", GET, None, 401, {"error": "Unauthorized user"}),
        Row("4", "a body", GET, None, 401, None),
        Row("5", "a member too few", GET, None, 200, Having({"more": str}), by=DOCTOR),
    )

    differences = [replay.difference(row) for row in rows]

    assert [difference.split()[0] for difference in differences] == ["400", "body.error", "body", "a", "body"]
    assert PATIENT not in "".join(differences)
