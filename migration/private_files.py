"""Write files that only their owner may read: they hold join links."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from migration.errors import MigrationError

_OWNER_ONLY: Final = 0o600


def write_lines(file: Path, documents: Iterable[Mapping[str, Any]]) -> int:
    """Write one document a line in place of the file, and return how many there were.

    The file is replaced when it is complete, so a command that was killed leaves the earlier one.

    Raises:
        MigrationError: it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    count = 0
    try:
        part.unlink(missing_ok=True)
        # A new file, so that its mode is this one whoever made an earlier one.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as lines:
            for document in documents:
                lines.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
                count += 1
        part.replace(file)
    except OSError as error:
        raise MigrationError(f"{file} cannot be written: {error.strerror or 'error'}.") from error
    return count
