import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployment.template.application import Template
from deployment.template.site_headers import read_site_headers
from local.asgi_server import AsgiServer
from local.page import create_app, find_file, local_configuration

ROOT = Path(__file__).resolve().parents[3]
FRAME = "http://127.0.0.1:8090"
PAGE = "<title>The page</title>"
EMPTY_BLOCK = '<script type="application/json" id="config"></script>'
FILLED_BLOCK = EMPTY_BLOCK.replace("><", f'>{{"frameOrigins": ["{FRAME}"]}}<')


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


type Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("site")
    root = tmp_path / "frontend_static"
    (root / "translations").mkdir(parents=True)
    (root / "index.html").write_text(PAGE + EMPTY_BLOCK, encoding="utf-8")
    (root / "main.js").write_text("export {};", encoding="utf-8")
    (root / ".hidden").write_text("secret", encoding="utf-8")
    (root / "translations" / "it.json").write_text("{}", encoding="utf-8")
    (root / "assets").mkdir()
    (root / "assets/main-1.js").write_text("export {};", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("secret", encoding="utf-8")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    return root


@pytest.fixture(scope="module")
def ask(folder: Path) -> Iterator[Ask]:
    """Send a request with an unchanged path: other clients normalize it."""
    headers = read_site_headers(Template(ROOT / "template.yaml"), frame_origin=FRAME)
    app = create_app(folder, configuration=lambda: {"frameOrigins": [FRAME]}, headers=headers)
    with AsgiServer(app) as server:

        def send(path: str, *, method: str = "GET") -> Answer:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            connection.request(method, path)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(status=response.status, headers=headers, text=response.read().decode())
            connection.close()
            return answer

        yield send


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/teleconsultation/0123456789abcdef01234567",
        "/Teleconsultation/0123456789ABCDEF01234567).",
        "/teleconsultation/0123456789abcdef01234567%23j=secret",
        "/teleconsultation/anything",
        "/teleconsultation",
        "/teleconsultation/a/b",
        "/telecons-fe/teleconsultation/0123456789abcdef01234567",
        "/telecons-fe/teleconsultation/0123456789abcdef01234567/",
        "/telecons-fe/teleconsultation/0123456789abcdef01234567.html",
        "/televisit",
        "/translations/",
    ],
)
def test_every_teleconsultations_path_shows_the_page(ask: Ask, path: str) -> None:
    response = ask(path)

    assert (response.status, response.text) == (200, PAGE + FILLED_BLOCK)
    assert response.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/main.js", "text/javascript; charset=utf-8"), ("/translations/it.json", "application/json")],
)
def test_files_have_the_type_browsers_ask_for(ask: Ask, path: str, content_type: str) -> None:
    response = ask(path)

    assert (response.status, response.headers["content-type"]) == (200, content_type)


def test_the_configuration_is_the_shipped_one_with_the_simulators_frame(tmp_path: Path) -> None:
    shipped = tmp_path / "config.json"
    configuration = {"apiBaseUrl": "/api", "frameOrigins": ["https://provider.example"], "localMode": False}
    shipped.write_text(json.dumps(configuration), encoding="utf-8")

    assert local_configuration(shipped, frame_origin=FRAME) == {
        "apiBaseUrl": "/api",
        "frameOrigins": [FRAME],
        "localMode": True,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js",
        "/teleconsultation-room.js",
        "/.hidden",
        "/link.txt",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/translations/..%2f..%2foutside.txt",
        "/..%5coutside.txt",
        "//etc/passwd.txt",
        "/%2fetc/passwd.txt",
        "/main.js%00.html",
    ],
)
def test_unknown_paths_are_404(ask: Ask, path: str) -> None:
    response = ask(path)

    assert response.status == 404
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "path", ["/../outside.txt", "/translations/../../outside.txt", "outside.txt", "", "/"]
)
def test_paths_outside_the_folder_are_404(folder: Path, path: str) -> None:
    assert find_file(folder.resolve(), path=path) is None


def test_the_site_allows_get_and_head_only(ask: Ask) -> None:
    response = ask("/main.js", method="POST")

    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "/nothing.js", "/main.js"])
def test_every_answer_carries_the_security_headers(ask: Ask, path: str) -> None:
    headers = ask(path).headers

    assert f"frame-src 'self' {FRAME};" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert f'camera=(self "{FRAME}")' in headers["permissions-policy"]


def test_call_ended_may_be_framed_by_the_page(ask: Ask) -> None:
    headers = ask("/call-ended.html").headers

    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert FRAME not in headers["content-security-policy"]


def test_assets_are_kept_and_missing_ones_are_not(ask: Ask) -> None:
    asset, missing = ask("/assets/main-1.js"), ask("/assets/main-2.js")

    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (missing.status, missing.headers.get("cache-control")) == (404, None)
    for answer in (asset, missing):
        assert answer.headers["content-security-policy"].startswith(
            "default-src 'none'; frame-ancestors 'none'"
        )
