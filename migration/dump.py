"""Read a dump: a folder with one document a line in each file.

| File | Holds |
|---|---|
| `visits.jsonl` | the collection of teleconsultations |
| `users.jsonl` | the user map |
| `people.jsonl` | names and groups by the caller's id, if the visits have none; optional |

`.json` and `.ndjson` are read likewise. Files are read line by line, so their size does not matter.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

from migration.documents import (
    MappedUser,
    Person,
    UnreadableDocumentError,
    VisitDocument,
    read_mapped_user,
    read_person,
    read_visit,
)
from migration.errors import MigrationError
from migration.extended_json import Document

MAX_LINE_BYTES: Final = 16 * 1024 * 1024 * 2
"""MongoDB's largest document has 16 MB; as text it is longer."""
_ENDINGS: Final = (".jsonl", ".ndjson", ".json")

type FileName = Literal["visits", "users", "people"]


@dataclass(frozen=True, kw_only=True)
class UnreadableLine:
    """A line that cannot be imported; it shows nothing of the content."""

    file: str
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}: {self.reason}"


class Dump:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        """Find the files.

        Raises:
            MigrationError: there is no such folder, or it lacks visits or users.
        """
        if not folder.is_dir():
            raise MigrationError(f"{folder} is not a folder: name the dump's, FROM=dump/")
        self._visits = _required(folder, "visits")
        self._users = _required(folder, "users")
        self._people = _file(folder, "people")

    def visits(self) -> Iterator[VisitDocument | UnreadableLine]:
        """Yield the visits in the file's order; an id that came before is unreadable."""
        seen: set[str] = set()
        for number, visit in _records(self._visits, read=read_visit):
            if isinstance(visit, VisitDocument) and visit.id in seen:
                yield UnreadableLine(file=self._visits.name, number=number, reason="its _id came before")
                continue
            if isinstance(visit, VisitDocument):
                seen.add(visit.id)
            yield visit

    def users(self) -> Iterator[MappedUser | UnreadableLine]:
        """Yield the rows of the user map that are in use."""
        for _, user in _records(self._users, read=read_mapped_user):
            if user is not None:
                yield user

    def people(self) -> Iterator[Person | UnreadableLine]:
        """Yield the people of the directory."""
        if self._people is not None:
            yield from (person for _, person in _records(self._people, read=read_person))


def _required(folder: Path, name: FileName) -> Path:
    file = _file(folder, name)
    if file is None:
        raise MigrationError(f"{folder} has no {name}.jsonl: export one document a line into it.")
    return file


def _file(folder: Path, name: FileName) -> Path | None:
    return next((file for ending in _ENDINGS if (file := folder / f"{name}{ending}").is_file()), None)


def _records[Record](
    file: Path, *, read: Callable[[Document], Record]
) -> Iterator[tuple[int, Record | UnreadableLine]]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(_lines(lines), start=1):
                if not line.strip():
                    continue
                try:
                    yield number, read(_document(line, is_first=number == 1))
                except UnreadableDocumentError as error:
                    yield number, UnreadableLine(file=file.name, number=number, reason=str(error))
    except OSError as error:
        raise MigrationError(f"{file} cannot be read: {error.strerror or 'error'}.") from error


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is too long only the beginning."""
    while line := file.readline(MAX_LINE_BYTES):
        yield line
        while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
            continue


def _document(line: bytes, *, is_first: bool) -> Document:
    try:
        document = json.loads(line.decode("utf-8-sig" if is_first else "utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise UnreadableDocumentError("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise UnreadableDocumentError(
            "it is not JSON: one document a line, not a list over several"
        ) from None
    if isinstance(document, list):
        raise UnreadableDocumentError(
            "it is a list: export one document a line (mongoexport without --jsonArray)"
        )
    if not isinstance(document, dict):
        raise UnreadableDocumentError("it is not a document")
    return document


def _refuse(_constant: str) -> None:
    raise ValueError
