"""Firefox and WebKit behind one small interface, by the protocols that their Debian packages bring along.

Firefox listens to Marionette, its own protocol, so that it needs no driver beside it; WebKit has a driver for
WebDriver (https://www.w3.org/TR/webdriver2/).
"""

import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

import requests

from local.child_process import supervised

FIREFOX: Final = "firefox-esr"
WEBKIT_DRIVER: Final = "WebKitWebDriver"
_PREFERENCES: Final = {
    # A moving picture and a tone instead of devices, granted without a question.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # Media over 127.0.0.1, so that a call needs no network.
    "media.peerconnection.ice.loopback": True,
    "intl.accept_languages": "en-GB",
    # No requests of the browser itself.
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
_START_SECONDS: Final = 180.0
_ANSWER_SECONDS: Final = 180.0
_PAUSE_SECONDS: Final = 0.1


class BrowserError(Exception):
    """The browser does not start, or refuses a command."""


class Browser(Protocol):
    """One window of a browser."""

    name: str

    def command(self, name: str, **parameters: object) -> Any:
        """Send one command and return its value: `go`, `run`, `find`, `click` or `frame`."""


def go(browser: Browser, url: str) -> None:
    """Open an address in a document of its own: a change of the fragment alone would load nothing."""
    browser.command("go", url="about:blank")
    browser.command("go", url=url)


def run(browser: Browser, script: str, *arguments: object) -> Any:
    """Return what a function's body in JavaScript returns."""
    return browser.command("run", script=script, args=list(arguments))


def click(browser: Browser, selector: str) -> None:
    """Press what a reader would press."""
    found = browser.command("find", using="css selector", value=selector)
    browser.command("click", id=found[_ELEMENT])


def enter_frame(browser: Browser) -> None:
    """Let the commands that follow concern the page's only frame, until the next address."""
    browser.command("frame", id=0)


class _Firefox:
    name = "firefox"
    _COMMANDS: Final = {
        "go": "WebDriver:Navigate",
        "run": "WebDriver:ExecuteScript",
        "find": "WebDriver:FindElement",
        "click": "WebDriver:ElementClick",
        "frame": "WebDriver:SwitchToFrame",
    }

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._sent = 0
        self._receive()
        self._call("WebDriver:NewSession", {})

    def command(self, name: str, **parameters: object) -> Any:
        answer = self._call(self._COMMANDS[name], parameters)
        return answer["value"] if name in {"run", "find"} else None

    def _call(self, name: str, parameters: object) -> Any:
        self._sent += 1
        message = json.dumps([0, self._sent, name, parameters]).encode()
        self._connection.sendall(f"{len(message)}:".encode() + message)
        _, _, error, result = self._receive()
        if error is not None:
            raise BrowserError(f"{name}: {error['error']}: {error['message']}")
        return result

    def _receive(self) -> Any:
        length = b""
        while (octet := self._file.read(1)) != b":":
            if not octet:
                raise BrowserError("Firefox has ended the connection")
            length += octet
        return json.loads(self._file.read(int(length)))


class _WebKit:
    name = "webkit"
    _COMMANDS: Final = {"go": "url", "run": "execute/sync", "find": "element", "frame": "frame"}

    def __init__(self, url: str, *, program: Path) -> None:
        self._url = url
        options = {"binary": str(program), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = self._post("session", {"capabilities": capabilities})["sessionId"]

    def command(self, name: str, **parameters: object) -> Any:
        if name == "click":
            return self._post(f"session/{self._session}/element/{parameters['id']}/click", {})
        return self._post(f"session/{self._session}/{self._COMMANDS[name]}", parameters)

    def close(self) -> None:
        requests.delete(f"{self._url}/session/{self._session}", timeout=_ANSWER_SECONDS)

    def _post(self, path: str, body: object) -> Any:
        answer = requests.post(f"{self._url}/{path}", json=body, timeout=_ANSWER_SECONDS)
        value = answer.json()["value"]
        if answer.status_code >= requests.codes.bad_request:
            raise BrowserError(f"{path}: {value['error']}: {value['message']}")
        return value


@contextmanager
def running_firefox() -> Iterator[Browser]:
    """Run Firefox with a profile of its own until the block ends."""
    with TemporaryDirectory() as folder:
        port = _free_port()
        preferences = _PREFERENCES | {"marionette.port": port}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()
        ]
        Path(folder, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", folder]
        with _program(command, folder=Path(folder)), _connected(port) as connection:
            yield _Firefox(connection)


@contextmanager
def running_webkit() -> Iterator[Browser]:
    """Run WebKitGTK's browser on a display of its own until the block ends."""
    [program] = Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")
    with TemporaryDirectory() as folder:
        port = _free_port()
        # Its sandbox needs rights that containers do not have; it shows our own pages only.
        command = ["xvfb-run", "--auto-servernum", WEBKIT_DRIVER, f"--port={port}"]
        with _program(command, folder=Path(folder), WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1"):
            with _connected(port):
                pass
            browser = _WebKit(f"http://127.0.0.1:{port}", program=program)
            try:
                yield browser
            finally:
                browser.close()


@contextmanager
def _program(command: Sequence[str], *, folder: Path, **environment: str) -> Iterator[None]:
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        supervised(command, environment={**os.environ, **home, **environment}, log=log),
    ):
        yield


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS)
        except ConnectionRefusedError:
            time.sleep(_PAUSE_SECONDS)
            continue
        with connection:
            yield connection
        return
    raise BrowserError("the browser does not listen")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
