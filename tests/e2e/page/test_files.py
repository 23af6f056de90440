"""Checks of the page's files without a browser."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.page.page_site import TEXT_FOLDERS, texts
from tests.pages import SOURCES

LANGUAGES = ("en", "it", "es", "de", "fr", "pt", "ar")
SCRIPTS = sorted(SOURCES.rglob("*.js"))
# What a patient is told while nobody else is named: of the people, and not of entries in a booking system.
NOBODY_NAMED = {
    "en": "Who else takes part is not settled yet.",
    "it": "Non è ancora deciso chi altro partecipa.",
    "es": "Aún no está decidido quién más participa.",
    "de": "Wer noch teilnimmt, steht noch nicht fest.",
    "fr": "Les autres participants ne sont pas encore connus.",
    "pt": "Ainda não se sabe quem mais participa.",
    "ar": "لم يتحدد بعد من سيشارك أيضًا.",
}
# Keys composed of a state, an event or a device, and a suffix.
COMPOSED = re.compile(
    r"(notice|recording|cannot|camera|microphone|loudspeaker|line|link)\..+|.+\.(title|text|offline)"
)


@pytest.mark.parametrize("folder", TEXT_FOLDERS, ids=lambda folder: folder.relative_to(SOURCES).as_posix())
def test_every_language_has_every_text(folder: Path) -> None:
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}

    missing = {
        language: [key for key in files["en"] if not files[language].get(key, "").strip()]
        for language in LANGUAGES
    }
    assert missing == {language: [] for language in LANGUAGES}
    assert set(files) == set(LANGUAGES)
    assert {tuple(words) for words in files.values()} == {tuple(files["en"])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_what_english_does(language: str) -> None:
    places = re.compile(r"\{\w+\}|\|")

    for key, english in texts("en").items():
        assert sorted(places.findall(texts(language)[key])) == sorted(places.findall(english)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_waits_for_people_is_told_of_people(language: str) -> None:
    said = texts(language)["waiting.text"]

    assert said.startswith(f"{NOBODY_NAMED[language]} ")


@pytest.mark.parametrize("state", ["incomplete", "sign-in"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_half_a_link_is_told_how_a_whole_one_ends(language: str, state: str) -> None:
    assert "#" in texts(language)[f"{state}.text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_keys_of_parts_are_unique(language: str) -> None:
    keys = [
        key
        for folder in TEXT_FOLDERS
        for key in json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    ]

    assert len(keys) == len(set(keys)) == len(texts(language))
    assert len(texts(language)["features"].split("|")) == 8


def test_every_language_is_offered_with_the_texts_of_every_part() -> None:
    code = (SOURCES / "translations.js").read_text()

    imported = re.findall(r'from "\./(.+\.json)"', code)

    files = [path.relative_to(SOURCES).as_posix() for folder in TEXT_FOLDERS for path in folder.iterdir()]
    assert sorted(imported) == sorted(files)
    assert re.findall(r"^\t(\w+): \{", code, re.MULTILINE) == list(LANGUAGES)


def test_the_documents_first_words_are_in_every_language() -> None:
    document = (SOURCES / "index.html").read_text(encoding="utf-8")
    style = (SOURCES / "style.css").read_text(encoding="utf-8")

    parts = re.findall(r"(?s)<(h1|noscript|div)\b.*?</\1>", document)
    headings = dict(re.findall(r'<span lang="(\w+)".*?>(.+)</span>', document))
    sentences = re.findall(r'<p lang="(\w+)"', document)

    assert parts == ["h1", "noscript", "div"]
    assert headings == {language: texts(language)["service"] for language in LANGUAGES}
    assert sentences == [*LANGUAGES, *LANGUAGES]
    assert json.loads(re.findall(r'(\["en", .*?\])\.includes', document)[0]) == list(LANGUAGES)
    assert re.findall(r'\.(\w\w) \.first-words > :not\(\[lang="\1"\]\)', style) == list(LANGUAGES)


def test_no_style_names_left_or_right_but_where_it_says_the_direction() -> None:
    physical = re.compile(
        r"(margin|padding): [^;]+ [^;]+ [^;]+ [^;]+;|(margin|padding|border)-(left|right)|[\s;{](left|right):"
    )

    styles = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.css")]

    lines = [line for style in styles for line in style.splitlines() if not line.startswith("[dir=")]
    assert [line for line in lines if physical.search(line)] == []


def test_every_text_is_used() -> None:
    code = "".join(path.read_text() for path in SCRIPTS)

    unused = [
        key
        for key in texts("en")
        if not COMPOSED.fullmatch(key) and not re.search(rf"\b{re.escape(key)}\b", code)
    ]

    assert unused == []


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
        ("index.html", ["", ' type="application/json" id="config"', ' type="module" src="/main.js"']),
        ("call-ended.html", [' type="module" src="/call-ended.js"']),
    ],
)
def test_documents_have_no_other_inline_script_and_no_style(document: str, scripts: list[str]) -> None:
    text = (SOURCES / document).read_text()

    assert re.findall(r"<script(.*?)>", text) == scripts
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_no_file_names_another_site_but_the_configuration() -> None:
    for path in SOURCES.rglob("*"):
        if path.suffix in {".html", ".css", ".js"}:
            code = "\n".join(
                line for line in path.read_text().splitlines() if not line.strip().startswith("//")
            )
            assert not re.search(r"https?://", code), path.name


def test_the_configuration_that_ships_trusts_secure_origins_only() -> None:
    config = json.loads((SOURCES / "config.json").read_text())

    assert config["localMode"] is False
    assert config["apiBaseUrl"] == "/api"
    assert all(origin.startswith("https://") for origin in config["frameOrigins"])
