"""What only a site over https can show; the rest is asked of the local stack, by the integration tests."""

from collections.abc import Mapping

import pytest
import responses

from deployment.smoke import smoke_test
from deployment.stack import Outputs

PAGE = "https://site.example/teleconsultation/" + "0" * 24
HEADERS = {
    "content-security-policy": "default-src 'none'; frame-src https://one.example https://two.example; "
    "frame-ancestors 'none'",
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
HSTS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


def _problems(outputs: Outputs, check: str) -> list[str]:
    [finding] = [each for each in smoke_test(outputs, retry_seconds=0) if each.check == check]
    return list(finding.problems)


@responses.activate
@pytest.mark.parametrize(
    ("headers", "problems"),
    [(HEADERS | HSTS, []), (HEADERS, ["strict-transport-security is not max-age=63072000"])],
)
def test_a_page_over_https_must_bind_browsers_to_it(
    outputs: Outputs, headers: Mapping[str, str], problems: list[str]
) -> None:
    responses.get(PAGE, body="<teleconsultation-room>", headers=dict(headers))

    assert _problems(outputs, "the page's headers are complete") == problems


@responses.activate
@pytest.mark.parametrize(
    ("status", "location", "problems"),
    [
        (301, "https://site.example/", []),
        (301, "http://elsewhere.example/", ["plain http is answered with 301"]),
        (200, "", ["plain http is answered with 200"]),
    ],
)
def test_plain_http_must_lead_to_https(
    outputs: Outputs, status: int, location: str, problems: list[str]
) -> None:
    responses.get("http://site.example", status=status, headers={"location": location} if location else {})

    assert _problems(outputs, "plain http redirects to https") == problems
