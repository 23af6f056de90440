"""The picture of the imports in docs/architecture.md: what is drawn is what the code imports."""

import grimp
import pytest

from docs.build.architecture import (
    BEGIN,
    DOCUMENT,
    END,
    ArchitectureDocumentError,
    arrows,
    picture,
    shipped_imports,
    with_picture,
)


def test_drawing_it_again_changes_nothing() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    assert with_picture(text, graph=picture(arrows(shipped_imports()))) == text


def test_an_arrow_leads_from_package_to_package_and_never_to_itself() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (
        ("functions.get.app", "teleconsultation.bootstrap"),
        ("teleconsultation.edge.http", "teleconsultation.edge.problems"),
        ("teleconsultation.storage.dynamodb", "aws_json.client"),
        ("teleconsultation.storage.repository", "aws_json.errors"),
    ):
        graph.add_import(importer=importer, imported=imported)

    found = arrows(graph)

    assert found == {("functions", "bootstrap"), ("storage", "aws_json")}


def test_the_services_packages_stand_in_a_frame_and_what_is_beside_it_does_not() -> None:
    drawn = picture([("storage", "domain"), ("storage", "aws_json")]).splitlines()

    assert drawn[2:6] == ["    subgraph teleconsultation", "        domain", "        storage", "    end"]
    assert drawn[6:8] == ["    storage --> aws_json", "    storage --> domain"]


def test_only_what_is_between_the_markers_is_written() -> None:
    assert with_picture(f"a\n{BEGIN}old\n{END}b\n", graph="new\n") == f"a\n{BEGIN}new\n{END}b\n"


@pytest.mark.parametrize("text", ["", BEGIN, END + BEGIN, (BEGIN + END) * 2])
def test_a_document_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(ArchitectureDocumentError):
        with_picture(text, graph="")
