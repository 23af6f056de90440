"""Writes the picture of the imports between packages into docs/architecture.md: `make architecture`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from grimp import ImportGraph, build_graph

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "architecture.md"
BEGIN: Final = "<!-- imports: made by `make architecture`, not to be edited -->\n"
END: Final = "<!-- end of imports -->\n"
_SERVICE: Final = "teleconsultation"
# As import-linter's configuration has them: what ships.
_ROOTS: Final = ("functions", _SERVICE, "bandyer", "probe", "aws_json")

type Arrow = tuple[str, str]


class ArchitectureDocumentError(Exception):
    """The document has lost the marker lines between which the picture is written."""


def shipped_imports() -> ImportGraph:
    """Return the imports of everything that ships, without those that only a type checker follows."""
    return build_graph(*_ROOTS, exclude_type_checking_imports=True, cache_dir=None)


def arrows(graph: ImportGraph) -> frozenset[Arrow]:
    """Return which box imports which. A box is a package of the service, or another root."""
    return frozenset(
        (importer, imported)
        for module in graph.modules
        for target in graph.find_modules_directly_imported_by(module)
        if (importer := _box(module)) != (imported := _box(target))
    )


def picture(found: Iterable[Arrow]) -> str:
    """Return the Mermaid graph of the arrows, with a frame around the service's packages."""
    lines = sorted(found)
    inside = sorted({name for arrow in lines for name in arrow if name not in _ROOTS})
    return "\n".join(
        (
            "```mermaid",
            "flowchart TD",
            f"    subgraph {_SERVICE}",
            *(f"        {name}" for name in inside),
            "    end",
            *(f"    {importer} --> {imported}" for importer, imported in lines),
            "```",
            "",
        )
    )


def with_picture(text: str, *, graph: str) -> str:
    """Return the document's text with `graph` between the markers.

    Raises:
        ArchitectureDocumentError: a marker is missing or stands there twice.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ArchitectureDocumentError(
            f"the document needs the lines {BEGIN.strip()!r} and {END.strip()!r}, in order"
        )
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{graph}{END}{after}"


def main() -> None:
    """Write the picture into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    graph = picture(arrows(shipped_imports()))
    DOCUMENT.write_text(with_picture(text, graph=graph), encoding="utf-8")


def _box(module: str) -> str:
    root, _, inner = module.partition(".")
    return inner.partition(".")[0] if root == _SERVICE and inner else root


if __name__ == "__main__":
    main()
