"""The commands as a person meets them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migration import __main__ as command
from migration.connection import Connection
from migration.errors import MigrationError
from tests.unit.migration.conftest import SAMPLE


@pytest.fixture
def connected(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every environment is the deployment in memory."""
    monkeypatch.setattr(command, "connect", lambda _: connection)


@pytest.mark.usefixtures("connected")
def test_a_dry_run_prints_the_report_and_writes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(SAMPLE, tmp_path / "dump")

    code = command.main(["import", "--env", "dev", "--from", str(tmp_path / "dump")])

    printed = capsys.readouterr().out
    assert code == 0
    assert "     116  upcoming, with the room it has\n" in printed
    assert printed.endswith('Nothing was changed. To import: OPTIONS="--write"\n')
    assert len(list((tmp_path / "dump").iterdir())) == 3


@pytest.mark.usefixtures("connected")
def test_an_import_and_the_way_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(SAMPLE, tmp_path / "dump")

    imported = command.main(["import", "--env", "dev", "--from", str(tmp_path / "dump"), "--write"])
    exported = command.main(["export", "--env", "dev", "--to", str(tmp_path / "back")])

    printed = capsys.readouterr().out
    assert (imported, exported) == (0, 0)
    assert "in join-links.jsonl" in printed
    assert "16 visits and " in printed


def test_a_sample_can_be_made(tmp_path: Path) -> None:
    assert command.main(["sample", str(tmp_path / "dump")]) == 0

    assert (tmp_path / "dump" / "visits.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["settings"], "make settings-from-mia: Name the files"),
        (["import", "--env", "dev"], "make import: Name the dump's folder"),
        (["import", "--env", "dev", "--from", "nowhere"], "make import: nowhere is not a folder"),
        (["import", "--env", "dev", "--from", "nowhere", "--seed"], "--seed is for the simulator only"),
        (["export", "--env", "dev"], "make export: Name a folder"),
    ],
)
@pytest.mark.usefixtures("connected")
def test_a_wrong_use_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = command.main(arguments)

    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert message in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(MigrationError("No."), 1, "make export: No."), (KeyboardInterrupt(), 130, "run it again to continue")],
)
def test_an_end_is_explained(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ended(_: str) -> Callable[[], None]:
        raise error

    monkeypatch.setattr(command, "connect", ended)

    assert command.main(["export", "--env", "dev", "--to", "back"]) == code
    assert message in capsys.readouterr().err
