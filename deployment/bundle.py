"""Build the page that is published: few files, under names that change with their content."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from deployment.errors import DeploymentError

PROJECT: Final = Path(__file__).resolve().parents[1]
ASSETS: Final = "assets"
# What these understand the page is written in; older ones show the document's own sentences.
TARGETS: Final = "chrome90,firefox102,safari15"
_NODE: Final = PROJECT / ".tools/node/bin/node"
_ESBUILD: Final = PROJECT / ".tools/bundle/node_modules/esbuild/bin/esbuild"
_TIMEOUT_SECONDS: Final = 120
# Documents, what is bundled, and what browsers do not load.
_BUILT_IN: Final = (".html", ".js", ".css", ".json", ".ts")
_REFERENCE: Final = re.compile(r'(?<=")/([\w./-]+\.(?:js|css|svg))(?=")')
_SCRIPT: Final = re.compile(rf'^([ \t]*)<script type="module" src="/{ASSETS}/(.+)"></script>$', re.MULTILINE)


def build_page(source: Path, *, into: Path) -> None:
    """Write the documents of `source`, and what they refer to as bundles in the folder `assets`.

    Source maps stand beside the bundles. Pictures and other files, as a logo that the configuration names,
    are copied under their own names. The configuration's data block stays empty.

    Raises:
        DeploymentError: esbuild is missing, or cannot read a file.
    """
    documents = {path.name: path.read_text(encoding="utf-8") for path in sorted(source.glob("*.html"))}
    entries = sorted({name for text in documents.values() for name in _REFERENCE.findall(text)})
    outputs = _bundle(source, entries=entries, into=into / ASSETS)
    names = {output["entryPoint"]: path for path, output in outputs.items() if "entryPoint" in output}
    for name, text in documents.items():
        (into / name).write_text(_with_assets(text, names=names, outputs=outputs), encoding="utf-8")
    for path in _copied(source):
        target = into / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _copied(source: Path) -> Iterator[Path]:
    for path in source.rglob("*"):
        is_hidden = any(part.startswith(".") for part in path.relative_to(source).parts)
        if path.is_file() and not is_hidden and path.suffix not in _BUILT_IN:
            yield path


def _bundle(source: Path, *, entries: list[str], into: Path) -> Mapping[str, Any]:
    """Run esbuild, and return its outputs by their names in the folder."""
    with TemporaryDirectory() as folder:
        metafile = Path(folder, "outputs.json")
        command = [
            *(str(_NODE), str(_ESBUILD), *entries),
            *("--bundle", "--splitting", "--format=esm", "--minify", "--sourcemap", "--charset=utf8"),
            *(f"--target={TARGETS}", "--loader:.svg=copy", "--log-level=warning"),
            *(f"--{kind}-names=[name]-[hash]" for kind in ("entry", "chunk", "asset")),
            *(f"--outdir={into.resolve()}", f"--metafile={metafile}"),
        ]
        try:
            result = subprocess.run(  # noqa: S603 - our own program and files
                command, cwd=source, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
            )
        except FileNotFoundError as error:
            raise DeploymentError("Node is missing: make .tools/bundle/.installed installs it.") from error
        if result.returncode or result.stderr:
            raise DeploymentError(f"esbuild cannot build the page: {result.stderr.strip()}")
        outputs: dict[str, Any] = json.loads(metafile.read_text(encoding="utf-8"))["outputs"]
    return {Path(path).name: output for path, output in outputs.items()}


def _with_assets(document: str, *, names: Mapping[str, str], outputs: Mapping[str, Any]) -> str:
    """Return the document with the bundles' names, and with hints for what its script imports."""

    def hinted(script: re.Match[str]) -> str:
        indent, name = script.groups()
        hints = sorted({*_static_imports(name, outputs=outputs)})
        lines = [f'{indent}<link rel="modulepreload" href="/{ASSETS}/{each}">' for each in hints]
        return "\n".join((*lines, script.group()))

    renamed = _REFERENCE.sub(lambda found: f"/{ASSETS}/{names[found[1]]}", document)
    return _SCRIPT.sub(hinted, renamed)


def _static_imports(name: str, *, outputs: Mapping[str, Any]) -> Iterator[str]:
    for imported in outputs[name]["imports"]:
        if imported["kind"] == "import-statement":
            path = Path(imported["path"]).name
            yield path
            yield from _static_imports(path, outputs=outputs)
