"""What people read: every link between the documents leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])


def _links(document: Path) -> Iterator[tuple[Path, str]]:
    """Give file and anchor of every link that stays in the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            name, _, anchor = target.partition("#")
            yield (document.parent / name if name else document), anchor


def _anchors(document: Path) -> set[str]:
    """Give the anchors of the headings, made as the repository's hosts make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    broken = [
        f"{file.name}#{anchor}"
        for file, anchor in _links(document)
        if not file.is_file() or (anchor and anchor not in _anchors(file))
    ]

    assert broken == []


def test_the_readme_links_every_document() -> None:
    linked = {file for file, _ in _links(PROJECT / "README.md")}

    assert {PROJECT / "docs" / path.name for path in PROJECT.glob("docs/*.md")} <= linked


def test_the_pages_document_has_every_parameter_of_the_page() -> None:
    template = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    groups = re.findall(
        r"Label: \{default: (?:The page|The clinic on the page)\}\s+Parameters:(.*?)(?=- Label)",
        template,
        re.DOTALL,
    )
    parameters = {name for group in groups for name in re.findall(r"\w+", group)}

    described = re.findall(r"^\| `(\w+)` \|", (PROJECT / "docs/page.md").read_text("utf-8"), re.MULTILINE)

    assert len(groups) == 2
    assert parameters <= set(described)
    assert len(described) == len(set(described))
