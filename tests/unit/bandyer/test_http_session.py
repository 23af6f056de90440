"""How the connections are set up."""

from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from responses import RequestsMock

from bandyer import BandyerClient, StaticApiKey, new_session

COMPANY = "https://bandyer.test/rest/company"


@pytest.mark.parametrize("make_session", [new_session, requests.Session])
def test_the_environment_does_not_decide_where_the_key_goes(
    provider: RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make_session: type[requests.Session],
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine bandyer.test login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    provider.get(COMPANY, json={"company": {}})
    bandyer = BandyerClient(
        base_url="https://bandyer.test", api_key=StaticApiKey("key"), session=make_session()
    )

    bandyer.company()

    assert "Authorization" not in provider.calls[0].request.headers
    assert not provider.calls[0].request.req_kwargs["proxies"]  # type: ignore[attr-defined]


def test_cookies_are_not_kept(provider: RequestsMock) -> None:
    provider.get(COMPANY, json={"company": {}}, headers={"Set-Cookie": "node=1; Path=/; Secure"})
    bandyer = BandyerClient(base_url="https://bandyer.test", api_key=StaticApiKey("key"))

    bandyer.company()
    bandyer.company()

    assert "Cookie" not in provider.calls[1].request.headers


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_nobody_repeats_behind_our_back(scheme: str) -> None:
    adapter = new_session().get_adapter(f"{scheme}://bandyer.test")

    assert isinstance(adapter, HTTPAdapter)
    assert adapter.max_retries.total == 0
