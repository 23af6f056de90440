"""Writes docs/openapi.html, which shows docs/openapi.yaml to a reader in one file: `make openapi`.

The page holds the contract and Redoc's browser bundle. Its content security policy allows these two scripts
and no connection, so the page needs no network and cannot use one.
"""

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

import yaml

from docs.build.openapi import DOCUMENT

PAGE: Final = DOCUMENT.with_suffix(".html")
_BUNDLE: Final = (
    Path(__file__).resolve().parents[2] / ".tools/openapi/node_modules/redoc/bundles/redoc.standalone.js"
)
# The only address that the bundle loads by itself, for a picture in the page's corner.
_REMOTE_PICTURE: Final = "https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_PICTURE: Final = "data:,"

_OPTIONS: Final = {
    "disableSearch": True,  # its index is built in a worker, which the policy forbids
    "expandResponses": "200,201",
    "hideDownloadButton": True,
    "nativeScrollbars": True,
    "pathInMiddlePanel": True,
}
_START: Final = (
    'Redoc.init(JSON.parse(document.getElementById("contract").textContent), '
    f'{json.dumps(_OPTIONS)}, document.getElementById("reference"));'
)
_BUNDLE_BEGIN: Final = "<script>/* redoc.standalone.js */\n"
_BUNDLE_END: Final = "\n</script>\n"
_PAGE: Final = """\
<!doctype html>
<!-- Made from openapi.yaml by `make openapi`; edits are lost. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>body {{ margin: 0; }}</style>
</head>
<body>
<noscript>This page needs JavaScript. Without it, read openapi.yaml, which says the same.</noscript>
<div id="reference"></div>
<script type="application/json" id="contract">{contract}</script>
{bundle_begin}{bundle}{bundle_end}<script>{start}</script>
</body>
</html>
"""


class BundleError(Exception):
    """The renderer's bundle, or the page that holds it, is not as this module expects."""


def page_of(document: str, *, bundle: str) -> str:
    """Return the page that shows the contract `document`, which is YAML, by the renderer `bundle`."""
    contract = yaml.safe_load(document)
    script = _BUNDLE_BEGIN.removeprefix("<script>") + bundle + _BUNDLE_END.removesuffix("</script>\n")
    policy = (
        f"default-src 'none'; script-src {_source(script)} {_source(_START)}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy,
        title=escape(contract["info"]["title"]),
        # No text of the contract can end the element it stands in.
        contract=json.dumps(contract, ensure_ascii=False).replace("<", "\\u003c"),
        bundle_begin=_BUNDLE_BEGIN,
        bundle=bundle,
        bundle_end=_BUNDLE_END,
        start=_START,
    )


def quiet_bundle(bundle: str) -> str:
    """Return the bundle without the address of the picture that it would load.

    Raises:
        BundleError: the address is not there once, or the bundle would end the page's script element.
    """
    if bundle.count(_REMOTE_PICTURE) != 1 or "</script" in bundle.lower():
        raise BundleError("Redoc's bundle has changed: see what it loads, and whether it may stand in a page")
    code, _, _ = bundle.rpartition("//# sourceMappingURL=")
    return code.replace(_REMOTE_PICTURE, _NO_PICTURE).strip()


def bundle_in(page: str) -> str:
    """Return the bundle that a page was made with.

    Raises:
        BundleError: the page has none.
    """
    _, found, rest = page.partition(_BUNDLE_BEGIN)
    bundle, ended, _ = rest.partition(_BUNDLE_END)
    if not (found and ended):
        raise BundleError("the page holds no bundle")
    return bundle


def main() -> None:
    """Write the page."""
    bundle = quiet_bundle(_BUNDLE.read_text(encoding="utf-8"))
    PAGE.write_text(page_of(DOCUMENT.read_text(encoding="utf-8"), bundle=bundle), encoding="utf-8")


def _source(script: str) -> str:
    """Return what allows one inline script in a content security policy."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


if __name__ == "__main__":
    main()
