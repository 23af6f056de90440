"""The static imports of the page's modules."""

import re
from pathlib import PurePosixPath

from tests.e2e.page.page_site import FRONTEND

_STATIC_IMPORT = re.compile(r'^import [^"]*"(.+)";$', re.MULTILINE)


def modules_of(path: str) -> set[str]:
    """Return the paths of a module and of all its static imports."""
    found: set[str] = set()
    ahead = [path]
    while ahead:
        module = ahead.pop()
        if module in found:
            continue
        found.add(module)
        code = (FRONTEND / module.removeprefix("/")).read_text(encoding="utf-8")
        ahead += [_resolved(module, imported) for imported in _STATIC_IMPORT.findall(code)]
    return found


def _resolved(module: str, imported: str) -> str:
    folder = PurePosixPath(module).parent
    while imported.startswith("../"):
        folder, imported = folder.parent, imported.removeprefix("../")
    return str(folder / imported.removeprefix("./"))
