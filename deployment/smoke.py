"""Checks of the deployed service: page, headers, configuration, refused callers, functions, table.

They need no token and change nothing; routes that need a token must refuse the call.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import requests

from deployment.bundle import ASSETS
from deployment.page_configuration import configuration_in
from deployment.stack import Outputs

# The DNS name of a new distribution takes some time to become known everywhere.
RETRY_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 3.0
_TIMEOUT_SECONDS: Final = 35.0
"""Longer than API Gateway's timeout for functions, so that its own answer arrives."""
# An id that does not exist: ids have 96 random bits.
_ID: Final = "0" * 24
_MADE_UP_SECRET: Final = "smoke-test"  # noqa: S105 - of no real join link
_SCRIPT: Final = re.compile(r'<script type="module" src="(/[^"]+)">')
_METHODS: Final = {"POST": "", "PATCH": f"/{_ID}", "DELETE": f"/{_ID}", "GET": f"/{_ID}"}


@dataclass(frozen=True)
class Finding:
    """The result of one check; it passed if there are no problems."""

    check: str
    problems: Sequence[str] = field(default=())


def smoke_test(outputs: Outputs, *, retry_seconds: float = RETRY_SECONDS) -> list[Finding]:
    """Run all checks and return their findings; failed checks are repeated for `retry_seconds`."""
    deadline = time.monotonic() + retry_seconds
    findings = []
    with requests.Session() as session:
        # Ignores passwords in the user's netrc but keeps their proxy settings.
        session.auth = _no_authentication
        for name, check in _CHECKS.items():
            problems = _problems(check, outputs, session)
            while problems and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
                problems = _problems(check, outputs, session)
            findings.append(Finding(name, problems))
    return findings


type _Check = Callable[[Outputs, requests.Session], Iterator[str]]


def _problems(check: _Check, outputs: Outputs, session: requests.Session) -> list[str]:
    try:
        return list(check(outputs, session))
    except requests.JSONDecodeError:
        return ["the answer is not JSON"]
    except requests.RequestException as error:
        return [f"no answer: {type(error).__name__}"]


def _no_authentication(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _get(session: requests.Session, url: str, **headers: str) -> requests.Response:
    return session.get(url, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)


def _page(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    answer = _get(session, f"{outputs.page_url}/teleconsultation/{_ID}")
    yield from _expected(answer, status=200, content_type="text/html")
    if "<teleconsultation-room" not in answer.text:
        yield "it is another page"


def _page_headers(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    answer = _get(session, f"{outputs.page_url}/teleconsultation/{_ID}")
    policy = answer.headers.get("content-security-policy", "")
    for rule in ("default-src 'none'", "frame-ancestors 'none'", " ".join(outputs.frame_origins)):
        if rule not in policy:
            yield f"content-security-policy lacks {rule}"
    wanted = {
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    if outputs.page_url.startswith("https:"):
        wanted["strict-transport-security"] = "max-age=63072000"
    yield from _lacking(answer.headers, wanted)


def _files(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    page = _get(session, f"{outputs.page_url}/teleconsultation/{_ID}").text
    for script in _SCRIPT.findall(page) or [""]:
        answer = _get(session, outputs.page_url + script)
        yield from _expected(answer, status=200, content_type="text/javascript")
        if script.startswith(f"/{ASSETS}/"):
            yield from _lacking(answer.headers, {"cache-control": "public, max-age=31536000"})


def _configuration(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    try:
        configuration = configuration_in(_get(session, f"{outputs.page_url}/teleconsultation/{_ID}").text)
    except ValueError:
        yield "the page has no configuration"
        return
    if configuration.get("apiBaseUrl") != outputs.api_path:
        yield f"apiBaseUrl is not {outputs.api_path}"
    if configuration.get("frameOrigins") != list(outputs.frame_origins):
        yield "frameOrigins are not the stack's"
    if configuration.get("entersDirectly") != outputs.enters_directly:
        yield "entersDirectly is not the stack's"
    if configuration.get("consent") != outputs.consent:
        yield "consent is not the stack's"
    for name, value in outputs.clinic.items():
        if configuration.get(name) != value:
            yield f"{name} is not the stack's"


def _plain_http(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    parts = urlsplit(outputs.page_url)
    if parts.scheme != "https":
        return
    answer = _get(session, urlunsplit(parts._replace(scheme="http")))
    if not (answer.is_redirect and answer.headers["location"].startswith("https://")):
        yield f"plain http is answered with {answer.status_code}"


def _no_token(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    for method, path in _METHODS.items():
        answer = session.request(
            method, f"{outputs.api_url}/teleconsultation{path}", json={}, timeout=_TIMEOUT_SECONDS
        )
        if answer.status_code != 401:
            yield f"{method} without a token is answered with {answer.status_code}"


def _no_join_secret(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    answer = _get(session, f"{outputs.api_url}/teleconsultation/{_ID}/join")
    yield from _expected_problem(answer, status=401, code="missing_credentials")


def _made_up_join_secret(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    answer = _get(
        session,
        f"{outputs.api_url}/teleconsultation/{_ID}/join",
        authorization=f"Bearer {_MADE_UP_SECRET}",
    )
    # The function must read the table to refuse this secret.
    yield from _expected_problem(answer, status=403, code="not_a_participant")


def _original_address(outputs: Outputs, session: requests.Session) -> Iterator[str]:
    answer = _get(session, f"{outputs.api_url}/v1/telecons-be/teleconsultation/{_ID}/join")
    yield from _expected(answer, status=401, content_type="application/json")
    # API Gateway's own answers have no `error`: the function must have read the stage's name.
    if answer.json().get("error") != "Unauthorized user":
        yield "it is not the answer of Mia-Platform's service"


_CHECKS: Final[Mapping[str, _Check]] = {
    "a visit's address shows the page": _page,
    "the page's headers are complete": _page_headers,
    "the page's scripts have their content type": _files,
    "the page has this API and this provider": _configuration,
    "plain http redirects to https": _plain_http,
    "the API refuses callers without a token": _no_token,
    "the functions run": _no_join_secret,
    "the functions reach the table": _made_up_join_secret,
    "callers of Mia-Platform's address are answered as there": _original_address,
}


def _expected(answer: requests.Response, *, status: int, content_type: str) -> Iterator[str]:
    if answer.status_code != status:
        yield f"the answer is {answer.status_code}"
    given = answer.headers.get("content-type", "")
    if given.partition(";")[0] != content_type:
        yield f"the content type is {given or 'missing'}"


def _expected_problem(answer: requests.Response, *, status: int, code: str) -> Iterator[str]:
    yield from _expected(answer, status=status, content_type="application/problem+json")
    if answer.json().get("code") != code:
        yield f"the code is not {code}"


def _lacking(headers: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if not headers.get(name, "").startswith(value):
            yield f"{name} is not {value}"
