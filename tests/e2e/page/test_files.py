"""Checks of the page's files without a browser."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.page.module_graph import modules_of
from tests.e2e.page.page_site import FRONTEND, TEXT_FOLDERS, texts

LARGEST_SITE_BYTES = 91 * 1024
LANGUAGES = ("en", "it", "es")
SCRIPTS = sorted(FRONTEND.rglob("*.js"))
# Keys composed of a state, an event or a device, and a suffix.
COMPOSED = re.compile(r"(notice|cannot|camera|microphone)\..+|.+\.(title|text|offline)")


@pytest.mark.parametrize("folder", TEXT_FOLDERS, ids=lambda folder: folder.relative_to(FRONTEND).as_posix())
def test_every_language_has_every_text(folder: Path) -> None:
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}

    assert set(files) == set(LANGUAGES)
    for words in files.values():
        assert list(words) == list(files["en"])
        assert all(text.strip() for text in words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_keys_of_parts_are_unique(language: str) -> None:
    keys = [
        key
        for folder in TEXT_FOLDERS
        for key in json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    ]

    assert len(keys) == len(set(keys)) == len(texts(language))
    assert len(texts(language)["features"].split("|")) == 8


def test_every_language_is_offered() -> None:
    assert f"LANGUAGES = {json.dumps(list(LANGUAGES))}" in (FRONTEND / "translations.js").read_text()


def test_every_text_is_used() -> None:
    code = "".join(path.read_text() for path in SCRIPTS)

    unused = [
        key
        for key in texts("en")
        if not COMPOSED.fullmatch(key) and not re.search(rf"\b{re.escape(key)}\b", code)
    ]

    assert unused == []


def test_the_sum_of_all_files_stays_below_its_limit() -> None:
    # All files: waiting, device check, call, its end, a theme. test_weight.py measures the first load.
    shipped = [path for path in FRONTEND.rglob("*") if path.is_file() and not path.name.endswith(".d.ts")]

    read = [path for path in shipped if path.suffix != ".json" or path.stem in {"config", "es"}]

    assert sum(path.stat().st_size for path in read) < LARGEST_SITE_BYTES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_markup_or_reads_the_devices_time(path: Path) -> None:
    code = path.read_text()

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\b|new Function", code
    )
    assert not re.search(r"Date\.now|new Date\(\)|postMessage\(.*\*", code)
    assert not re.search(r"localStorage|document\.cookie|console\.", code)


@pytest.mark.parametrize(
    ("document", "scripts"),
    [
        # The first one asks the API; its hash stands in the template.
        ("index.html", ["", ' type="module" src="/main.js"']),
        ("call-ended.html", [' type="module" src="/call-ended.js"']),
    ],
)
def test_documents_have_no_other_inline_script_and_no_style(document: str, scripts: list[str]) -> None:
    text = (FRONTEND / document).read_text()

    assert re.findall(r"<script(.*?)>", text) == scripts
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_the_document_preloads_every_module_of_the_first_state() -> None:
    text = (FRONTEND / "index.html").read_text()

    named = re.findall(r'<link rel="modulepreload" href="(.+)">', text)

    assert named == sorted(modules_of("/main.js") - {"/main.js"})


@pytest.mark.parametrize(
    ("part", "module"), [("CALL", "/call/call-controller.js"), ("WAITING", "/waiting/waiting-help.js")]
)
def test_the_page_preloads_every_module_of_a_part(part: str, module: str) -> None:
    code = (FRONTEND / "teleconsultation-room.js").read_text()

    [names] = re.findall(rf"{part}_MODULES = (\[.+\]);", code)

    added = modules_of(module) - modules_of("/main.js")
    assert {f"/{name}.js" for name in json.loads(names)} == added


def test_no_file_names_another_site_but_the_configuration() -> None:
    for path in FRONTEND.rglob("*"):
        if path.suffix in {".html", ".css", ".js"}:
            code = "\n".join(
                line for line in path.read_text().splitlines() if not line.strip().startswith("//")
            )
            assert not re.search(r"https?://", code), path.name


def test_the_configuration_that_ships_trusts_secure_origins_only() -> None:
    config = json.loads((FRONTEND / "config.json").read_text())

    assert config["localMode"] is False
    assert config["apiBaseUrl"] == "/api"
    assert all(origin.startswith("https://") for origin in config["frameOrigins"])
