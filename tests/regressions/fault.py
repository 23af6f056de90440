"""The faults of this folder's TOML files: what went wrong, how to bring it back, the test that fails then."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent


class StaleFaultError(Exception):
    """The text that a fault replaces is not in its file, or is there more than once."""


@dataclass(frozen=True)
class Fault:
    """One fault that was found and cured."""

    number: str
    """The number of the finding. Several faults of one kind share it."""
    what: str
    file: str
    """A path below the project's folder."""
    cured: str
    """A text that is once in the file."""
    broken: str
    """What stands in its place while the fault is there."""
    test: str
    """A node of pytest that fails then."""

    def put_back(self, project: Path) -> None:
        """Write the fault into its file; StaleFaultError if the file has changed since."""
        file = project / self.file
        text = file.read_text(encoding="utf-8")
        if (times := text.count(self.cured)) != 1:
            raise StaleFaultError(
                f"{self.number}: {self.file} has the text of `cured` {times} times, not once"
            )
        file.write_text(text.replace(self.cured, self.broken), encoding="utf-8")


def load_faults(folder: Path = FOLDER) -> Sequence[Fault]:
    """Give the faults of all files, in the order of the files' names."""
    return [
        Fault(**entry)
        for file in sorted(folder.glob("*.toml"))
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["faults"]
    ]
