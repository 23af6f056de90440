"""docs/openapi.html: made from today's docs/openapi.yaml by the renderer that is pinned."""

import json
from pathlib import Path
from typing import Final

import pytest

from docs.build.openapi import DOCUMENT
from docs.build.openapi_page import PAGE, BundleError, bundle_in, page_of, quiet_bundle

PROJECT: Final = Path(__file__).resolve().parents[2]
PICTURE: Final = "https://cdn.redoc.ly/redoc/logo-mini.svg"


@pytest.fixture(scope="module")
def committed() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_making_it_again_changes_nothing(committed: str) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert page_of(document, bundle=bundle_in(committed)) == committed


def test_it_was_made_by_the_pinned_renderer(committed: str) -> None:
    pinned = json.loads((PROJECT / "requirements/openapi/package.json").read_text())["devDependencies"][
        "redoc"
    ]

    assert f'ReDoc Version: ","{pinned}"' in bundle_in(committed)


def test_no_text_of_the_contract_ends_its_element() -> None:
    page = page_of("info: {title: '</script><b>'}", bundle="")

    assert "<b>" not in page


def test_the_bundle_loses_the_address_that_it_loads_by_itself() -> None:
    assert quiet_bundle(f'show("{PICTURE}");\n//# sourceMappingURL=x.map\n') == 'show("data:,");'


@pytest.mark.parametrize(
    "bundle",
    ["nothing;//# sourceMappingURL=x", f"{PICTURE}{PICTURE}", f'"{PICTURE}</script>"'],
    ids=["no picture", "two pictures", "an end of the script"],
)
def test_another_kind_of_bundle_is_refused(bundle: str) -> None:
    with pytest.raises(BundleError):
        quiet_bundle(bundle)


def test_a_page_without_a_bundle_is_refused() -> None:
    with pytest.raises(BundleError):
        bundle_in("<html></html>")
