"""What can be said of the page's files without a browser."""

import json
import re

import pytest

from tests.e2e.page.page_site import FRONTEND, texts

LARGEST_PAGE_BYTES = 30 * 1024
LANGUAGES = ("en", "it", "es")
SCRIPTS = sorted(FRONTEND.glob("*.js"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    keys = list(texts(language))

    assert keys == list(texts("en"))
    assert all(text.strip() for text in texts(language).values())


def test_every_language_is_offered_and_every_file_is_a_language() -> None:
    files = {path.stem for path in (FRONTEND / "translations").iterdir()}

    assert files == set(LANGUAGES)
    assert f"LANGUAGES = {json.dumps(list(LANGUAGES))}" in (FRONTEND / "translations.js").read_text()


def test_every_text_is_used() -> None:
    code = "".join(path.read_text() for path in SCRIPTS)
    composed = re.compile(r"^(notice\..+|.+\.(title|text))$")

    unused = [key for key in texts("en") if not composed.match(key) and not re.search(rf"\b{key}\b", code)]

    assert unused == []


def test_what_one_reader_loads_is_small() -> None:
    loaded = [path for path in FRONTEND.iterdir() if path.is_file() and not path.name.endswith(".d.ts")]
    translations = [path.stat().st_size for path in (FRONTEND / "translations").iterdir()]

    assert sum(path.stat().st_size for path in loaded) + max(translations) < LARGEST_PAGE_BYTES


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_or_asks_the_device_for_the_time(path: str) -> None:
    code = (FRONTEND / path).read_text()

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\b|new Function", code
    )
    assert not re.search(r"Date\.now|new Date\(\)|postMessage\(.*\*", code)
    assert not re.search(r"localStorage|document\.cookie|console\.", code)


def test_the_document_holds_no_script_and_no_style_of_its_own() -> None:
    document = (FRONTEND / "index.html").read_text()

    assert re.findall(r"<script(.*?)>(.*?)</script>", document) == [(' type="module" src="/main.js"', "")]
    assert not re.search(r"<style|\sstyle=|\son\w+=", document)


def test_no_file_names_another_site_but_the_configuration() -> None:
    for path in FRONTEND.rglob("*"):
        if path.suffix in {".html", ".css"} or path in SCRIPTS:
            code = "\n".join(
                line for line in path.read_text().splitlines() if not line.strip().startswith("//")
            )
            assert not re.search(r"https?://", code), path.name


def test_the_configuration_that_ships_trusts_secure_origins_only() -> None:
    config = json.loads((FRONTEND / "config.json").read_text())

    assert config["localMode"] is False
    assert config["apiBaseUrl"] == "/api"
    assert all(origin.startswith("https://") for origin in config["frameOrigins"])
