"""The sample goes in, a report comes out, and what changed goes back."""

import json
import shutil
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

from migration.connection import Connection
from migration.documents import VisitDocument, read_visit
from migration.dump import Dump
from migration.errors import MigrationError
from migration.export import export_changes
from migration.importing import CLOSED_ROOMS_FILE, JOIN_LINKS_FILE, Report, import_dump
from migration.private_files import write_lines
from teleconsultation.domain.errors import ConflictError, ProviderRejectedError, ProviderUnavailableError
from teleconsultation.use_cases.import_visit import ImportRules, Outcome
from tests.fakes.effects import failing
from tests.fakes.service import Service
from tests.unit.migration.conftest import BANDYER, SAMPLE


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A copy of the sample, beside which files may be written."""
    shutil.copytree(SAMPLE, tmp_path / "dump")
    return tmp_path / "dump"


def _import(dump: Path, connection: Connection, *, writes: bool = True, closes_past: bool = False) -> Report:
    rules = ImportRules(writes=writes, clamps=False, closes_past=closes_past)
    return import_dump(dump, connection=connection, rules=rules, say=lambda _: None, sleep=lambda _: None)


def _documents(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _first(dump: Path) -> VisitDocument:
    """Return a visit that is open now, with a living room."""
    visit = next(Dump(dump).visits())
    assert isinstance(visit, VisitDocument)
    return visit


EXPECTED = {
    Outcome.ADOPTED.value: 116,
    Outcome.OVER.value: 29,
    Outcome.ROOM_MADE.value: 16,
    Outcome.EXPIRED.value: 13,
    Outcome.INCOMPLETE.value: 10,
    Outcome.CANCELLED.value: 5,
    Outcome.WRONG_DURATION.value: 3,
    Outcome.NO_END.value: 1,
    Outcome.NO_PLUS_USER.value: 1,
    Outcome.WRONG_NUMBER.value: 1,
    "not imported: a draft": 3,
    "not imported: deleted for good": 2,
    "with people who are not in the user map: imported without them, so incomplete": 3,
}


def test_a_dry_run_says_what_would_be_and_changes_nothing(
    dump: Path, connection: Connection, service: Service
) -> None:
    report = _import(dump, connection, writes=False, closes_past=True)

    assert report.visits == EXPECTED
    assert service.effects.log == []
    assert sorted(file.name for file in dump.iterdir()) == ["people.jsonl", "users.jsonl", "visits.jsonl"]
    lines = list(report.lines(writes=False))
    assert lines[-1] == 'Nothing was changed. To import: OPTIONS="--write"'
    assert "Rooms of past visits that would be closed: 40" in lines


def test_an_import_comes_to_what_the_dry_run_said(
    dump: Path, connection: Connection, service: Service
) -> None:
    report = _import(dump, connection)

    assert report.visits == EXPECTED
    imported = [Outcome.ADOPTED, Outcome.OVER, Outcome.ROOM_MADE, Outcome.INCOMPLETE, Outcome.CANCELLED]
    assert len(service.teleconsultations.everything()) == sum(EXPECTED[outcome] for outcome in imported)
    assert service.effects.log[0] == "save_users"
    assert "disable_room" not in service.effects.log


def test_a_second_import_changes_nothing(dump: Path, connection: Connection, service: Service) -> None:
    _import(dump, connection, closes_past=True)
    links = (dump / JOIN_LINKS_FILE).read_bytes()
    receipt = (dump / CLOSED_ROOMS_FILE).read_bytes()
    service.effects.forget()

    report = _import(dump, connection, closes_past=True)

    assert report.visits[Outcome.UNCHANGED.value] == 176
    # Rooms of visits that are not kept are closed again, which changes nothing.
    assert set(service.effects.log) == {"disable_room"}
    assert (dump / JOIN_LINKS_FILE).read_bytes() == links
    assert (dump / CLOSED_ROOMS_FILE).read_bytes() == receipt


def test_everybody_gets_in_with_the_link_of_the_file(
    dump: Path, connection: Connection, service: Service
) -> None:
    _import(dump, connection)

    links = [line for line in _documents(dump / JOIN_LINKS_FILE) if line["roomId"] == _first(dump).id]
    opened = [service.join(line["roomId"], line["joinUrl"].partition("#j=")[2]) for line in links]

    assert len(opened) == 2
    assert all((data.access_link or "").startswith("https://provider.test/") for data in opened)
    assert links[0]["joinUrl"].startswith(f"https://visits.example/teleconsultation/{_first(dump).id}#j=")


def test_only_the_owner_can_read_the_links(dump: Path, connection: Connection) -> None:
    (dump / JOIN_LINKS_FILE).write_text("of an earlier run", encoding="utf-8")
    (dump / JOIN_LINKS_FILE).chmod(0o644)

    report = _import(dump, connection)

    assert stat.S_IMODE((dump / JOIN_LINKS_FILE).stat().st_mode) == 0o600
    assert report.join_links == len(_documents(dump / JOIN_LINKS_FILE)) > 200


def test_no_link_is_written_while_join_links_are_off(dump: Path, connection: Connection) -> None:
    report = _import(dump, replace(connection, join_secrets=None))

    assert report.join_links is None
    assert not (dump / JOIN_LINKS_FILE).exists()


def test_past_rooms_are_closed_with_a_receipt(dump: Path, connection: Connection, service: Service) -> None:
    open_before = service.rooms.living

    report = _import(dump, connection, closes_past=True)

    closed = {line["bandyerRoomId"] for line in _documents(dump / CLOSED_ROOMS_FILE)}
    assert report.closed_rooms == len(closed) == 40
    assert open_before - service.rooms.living == closed


def test_a_record_that_is_held_for_a_moment_is_waited_for(
    dump: Path, connection: Connection, service: Service
) -> None:
    service.effects.before("add", failing(ConflictError("held", retry_after_seconds=7)))
    slept: list[float] = []
    rules = ImportRules(writes=True, clamps=False, closes_past=False)

    report = import_dump(dump, connection=connection, rules=rules, say=lambda _: None, sleep=slept.append)

    assert (report.visits, slept) == (EXPECTED, [7])


def test_a_room_that_the_provider_refuses_stops_nobody_else(
    dump: Path, connection: Connection, service: Service
) -> None:
    service.effects.before("create_room", failing(ProviderRejectedError(provider_code="no")))

    report = _import(dump, connection)

    assert report.visits["not imported: Bandyer refuses to make its room"] == 1
    assert report.visits[Outcome.ROOM_MADE.value] == EXPECTED[Outcome.ROOM_MADE.value] - 1


def test_a_provider_that_is_down_stops_the_import_in_one_line(
    dump: Path, connection: Connection, service: Service
) -> None:
    service.effects.before("find_room", lambda: None)
    service.effects.before("find_room", failing(ProviderUnavailableError(provider_code="ServerError")))

    with pytest.raises(MigrationError, match=r"Bandyer did not carry out a request \(ServerError\)"):
        _import(dump, connection)


def test_a_key_that_is_refused_stops_before_anything_else(
    dump: Path, connection: Connection, service: Service, provider: responses.RequestsMock
) -> None:
    provider.replace("GET", f"{BANDYER}/rest/company", status=401, json={"code": "invalid_api_key"})

    with pytest.raises(MigrationError, match="v2 API only"):
        _import(dump, connection)

    assert service.effects.log == []


def test_a_company_that_knows_nobody_is_doubted(dump: Path, connection: Connection, service: Service) -> None:
    service.rooms.users.clear()
    said: list[str] = []
    rules = ImportRules(writes=False, clamps=False, closes_past=False)

    import_dump(dump, connection=connection, rules=rules, say=said.append)

    assert said[1] == (
        "Bandyer has 0 of the first 3 users of the user map. Is this the right company, and does v1 serve it?"
    )


class TestExport:
    def test_right_after_an_import_only_the_new_rooms_go_back(
        self, dump: Path, connection: Connection, tmp_path: Path
    ) -> None:
        _import(dump, connection)

        visits, _ = export_changes(tmp_path / "back", connection=connection)

        assert visits == EXPECTED[Outcome.ROOM_MADE.value]

    def test_what_was_changed_deleted_or_made_here_goes_back(
        self, dump: Path, connection: Connection, service: Service, tmp_path: Path
    ) -> None:
        _import(dump, connection)
        ids = [visit.id for visit in Dump(dump).visits() if isinstance(visit, VisitDocument)]
        moved, deleted = ids[10], ids[11]
        service.update(moved, end_date=service.stored(moved).schedule.end_date + timedelta(minutes=5))
        service.delete(deleted)
        made = service.create().id
        never_there = service.create().id
        service.delete(never_there)

        export_changes(tmp_path / "back", connection=connection)

        back = {
            read_visit(line).id: read_visit(line) for line in _documents(tmp_path / "back" / "visits.jsonl")
        }
        assert {moved, deleted, made} <= back.keys()
        assert never_there not in back
        assert back[moved].end_date == service.stored(moved).schedule.end_date
        assert back[moved].room_id == service.stored(moved).room.room_id  # type: ignore[union-attr]
        assert (back[deleted].state, back[made].state) == ("TRASH", "PUBLIC")

    def test_an_erased_person_does_not_go_back(
        self, dump: Path, connection: Connection, service: Service, tmp_path: Path
    ) -> None:
        _import(dump, connection)
        visit = _first(dump)
        patient = service.stored(visit.id).participants[1].external_id
        service.erase(patient)

        export_changes(tmp_path / "back", connection=connection)

        text = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "back").iterdir())
        assert visit.id in text
        assert patient not in text

    def test_only_the_owner_can_read_it(self, dump: Path, connection: Connection, tmp_path: Path) -> None:
        _import(dump, connection)

        export_changes(tmp_path / "back", connection=connection)

        modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "back").iterdir()}
        assert modes == {0o600}


def test_a_file_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="cannot be written"):
        write_lines(tmp_path / "nowhere" / "file", [])


def test_a_command_that_is_killed_leaves_the_earlier_file(tmp_path: Path) -> None:
    write_lines(tmp_path / "file", [{"run": 1}])

    def killed() -> Any:
        yield {"run": 2}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lines(tmp_path / "file", killed())

    assert _documents(tmp_path / "file") == [{"run": 1}]
