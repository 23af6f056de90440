"""The build of a small page; tests/e2e/page/test_built_page.py loads the real one."""

import json
import re
from pathlib import Path

import pytest

from deployment import bundle
from deployment.bundle import build_page
from deployment.errors import DeploymentError

DOCUMENT = """<!doctype html>
		<link rel="icon" href="/icon.svg">
		<link rel="stylesheet" href="/page.css">
		<script>asks("/api/");</script>
		<script type="module" src="/main.js"></script>
"""
FILES = {
    "index.html": DOCUMENT,
    "other.html": '\t<script type="module" src="/other.js"></script>\n',
    "main.js": 'import { word } from "./words.js"; console.log(word, import("./late.js"));',
    "other.js": 'import { word } from "./words.js"; console.log(word);',
    "late.js": 'import { word } from "./words.js"; console.log("late", word);',
    "words.js": 'import texts from "./it.json" with { type: "json" }; export const { word } = texts;',
    "it.json": '{"word": "perché"}',
    "page.css": '@import "./call.css"; p { background: url("icons.svg") }',
    "call.css": "q { color: red }",
    "icon.svg": "<svg/>",
    "icons.svg": "<svg></svg>",
    "unused.js": "1",
    "clinic/logo.png": "1",
    "clinic/.DS_Store": "1",
    "types.d.ts": "type A = 1;",
}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def _build(sources: Path) -> dict[str, str]:
    into = sources.with_name("built")
    build_page(sources, into=into)
    files = [path for path in into.rglob("*") if path.is_file()]
    return {path.relative_to(into).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_documents_refer_to_bundles_and_to_what_these_import(sources: Path) -> None:
    built = _build(sources)

    document = re.sub(r"-[0-9A-Z]{8}\.", "-HASH.", built["index.html"])
    assert document == DOCUMENT.replace("/icon.svg", "/assets/icon-HASH.svg").replace(
        "/page.css", "/assets/page-HASH.css"
    ).replace(
        '<script type="module" src="/main.js">',
        '<link rel="modulepreload" href="/assets/chunk-HASH.js">\n'
        '\t\t<script type="module" src="/assets/main-HASH.js">',
    )


def test_scripts_that_no_document_leads_to_are_left_out_and_pictures_are_copied(sources: Path) -> None:
    built = _build(sources)

    names = sorted({re.sub(r"-[0-9A-Z]{8}\.", ".", name) for name in built})
    assert names == [
        "assets/chunk.js",
        "assets/chunk.js.map",
        "assets/icon.svg",
        "assets/icons.svg",
        "assets/late.js",
        "assets/late.js.map",
        "assets/main.js",
        "assets/main.js.map",
        "assets/other.js",
        "assets/other.js.map",
        "assets/page.css",
        "assets/page.css.map",
        "clinic/logo.png",
        "icon.svg",
        "icons.svg",
        "index.html",
        "other.html",
    ]


def test_a_name_changes_with_what_the_file_leads_to_and_else_stays(sources: Path) -> None:
    before = _build(sources)
    (sources / "it.json").write_text(json.dumps({"word": "quando"}), encoding="utf-8")

    after = _build(sources)

    new = {name.partition("-")[0] for name in after.keys() - before.keys()}
    assert new == {"assets/chunk", "assets/late", "assets/main", "assets/other"}


def test_a_mistake_in_a_file_is_told_with_its_place(sources: Path) -> None:
    (sources / "words.js").write_text("export const word = ;", encoding="utf-8")

    with pytest.raises(DeploymentError, match=r"(?s)^esbuild cannot build the page: .*words\.js:1:20"):
        build_page(sources, into=sources.with_name("built"))


def test_a_missing_environment_is_told_with_what_installs_it(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "_NODE", sources / "node")

    with pytest.raises(DeploymentError, match=r"make \.tools/bundle/\.installed"):
        build_page(sources, into=sources.with_name("built"))
