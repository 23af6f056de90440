"""Origins as a browser compares them: `new URL(link).origin`."""

import pytest

from teleconsultation.provider.origins import origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://sandbox.bandyer.com/eu/rest-call-handler/x?y#z", "https://sandbox.bandyer.com"),
        ("https://sandbox.bandyer.com", "https://sandbox.bandyer.com"),
        ("HTTPS://Sandbox.Bandyer.COM:443/eu", "https://sandbox.bandyer.com"),
        ("https://sandbox.bandyer.com:8443/eu", "https://sandbox.bandyer.com:8443"),
        ("http://127.0.0.1:8092/eu", "http://127.0.0.1:8092"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8092/eu", "http://[::1]:8092"),
    ],
)
def test_scheme_host_and_port_without_the_default_one(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        *("", "sandbox.bandyer.com", "//sandbox.bandyer.com", "https://", "https:///eu", "https://[::1"),
        *("javascript:alert(1)", "data:text/html,x", "ftp://sandbox.bandyer.com"),
        *("https://user@sandbox.bandyer.com", "https://user:password@sandbox.bandyer.com"),
        *("https://sandbox.bandyer.com:port", "https://sandbox.bandyer.com:99999"),
    ],
)
def test_what_the_page_would_not_show_has_none(url: str) -> None:
    assert origin_of(url) is None
