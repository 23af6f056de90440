"""Read the original's variables and its JSON configuration."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from migration.errors import MigrationError

_ASSIGNMENT: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)
MAX_FILE_BYTES: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FormerSettings:
    """The original's settings; a value may be secret, so none is shown."""

    variables: Mapping[str, str] = field(repr=False)
    configuration: Mapping[str, Any] = field(repr=False)
    """The JSON that `TELECONSULTATION_SERVICE_CONFIG_PATH` names."""


def read_former_settings(files: Iterable[Path]) -> FormerSettings:
    """Return the settings in all `files` together; a later file overrides an earlier one.

    A file has lines `NAME=value`, as `env` prints them, or JSON: the service's configuration, an object of
    variables, or Kubernetes' list of `name` and `value`.

    Raises:
        MigrationError: a file cannot be read, or is none of these.
    """
    variables: dict[str, str] = {}
    configuration: dict[str, Any] = {}
    for file in files:
        text = _text(file)
        if not text.lstrip().startswith(("{", "[")):
            variables |= _assignments(text, file=file)
            continue
        try:
            document = json.loads(text)
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            raise MigrationError(f"{file} is not valid JSON (line {line}).") from None
        named = _named_values(document)
        if named is not None:
            variables |= named
        elif isinstance(document, dict):
            configuration |= document
        else:
            raise MigrationError(f"{file} has neither variables nor the service's configuration.")
    if not variables and not configuration:
        raise MigrationError("The file has no settings: give the variables (env > FILE), the JSON, or both.")
    return FormerSettings(variables=variables, configuration=configuration)


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
        if len(content) > MAX_FILE_BYTES:
            raise MigrationError(f"{file} is too large for settings ({MAX_FILE_BYTES} bytes at most).")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise MigrationError(f"{file} cannot be read: {error.strerror or 'error'}.") from error
    except UnicodeDecodeError:
        raise MigrationError(f"{file} is not text in UTF-8.") from None


def _assignments(text: str, *, file: Path) -> dict[str, str]:
    variables: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _ASSIGNMENT.fullmatch(line.strip())
        if found is None:
            # The line may be a secret, so it is not shown.
            raise MigrationError(
                f"{file}, line {number}: write NAME=value, or give the JSON as its own file."
            )
        variables[found[1]] = _unquoted(found[2].strip())
    return variables


def _unquoted(value: str) -> str:
    if value[:1] not in {'"', "'"}:
        return value
    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value


def _named_values(document: Any) -> dict[str, str] | None:  # noqa: ANN401 - JSON
    """Return the variables in a JSON document, or None if it is not of that form."""
    if isinstance(document, list):
        if not all(isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in document):
            return None
        # An entry without a value takes it from a secret of the cluster.
        return {entry["name"]: str(entry.get("value", "")) for entry in document}
    is_variables = bool(document) and all(
        re.fullmatch(r"[A-Z][A-Z0-9_]*", name) and isinstance(value, str | int | bool)
        for name, value in document.items()
    )
    if not is_variables:
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in document.items()}
