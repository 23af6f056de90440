"""`make company`, and the question that `make deploy` asks at its end, against the provider simulator."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx2
import pytest

from bandyer import CALL_EVENTS, ROOM_EVENTS, BandyerClient, Colours, StaticApiKey
from deployment import __main__ as command
from deployment import company
from deployment.company import CompanySettings, differences, set_up
from deployment.errors import DeploymentError
from deployment.stack import read_api_key
from deployment.webhooks import EVENTS, missing_events, subscribe
from local.bandyer_simulator.server import RunningSimulator, running_simulator
from local.gateway.invoker import PROJECT_ROOT
from local.ports import HOST, Ports
from tests.integration.deployment.test_command import project, stacks

__all__ = ["project", "stacks"]

API_KEY = "ak_company_0123456789"
PAGE = "https://site.example"
WANTED = CompanySettings(
    redirect_url=f"{PAGE}/call-ended.html",
    redirect_milliseconds=0,
    light_theme=Colours(primary="#FFFFFF", accent="#336699"),
    dark_theme=None,
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (200).to_bytes(4) * 2


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(api_key=API_KEY) as running:
        yield running


@pytest.fixture
def provider(simulator: RunningSimulator) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=simulator.url, headers={"apikey": API_KEY}, trust_env=False) as client:
        client.post("/_control/reset")
        yield client


@pytest.fixture
def client(simulator: RunningSimulator, provider: httpx2.Client) -> BandyerClient:
    return BandyerClient(base_url=simulator.url, api_key=StaticApiKey(API_KEY), sleep=lambda _: None)


def _changes(provider: httpx2.Client) -> list[str]:
    requests = provider.get("/_control/state").json()["requests"]
    return [request["path"] for request in requests if request["method"] != "GET"]


def test_the_company_is_set_up_once(client: BandyerClient, provider: httpx2.Client) -> None:
    first = set_up(WANTED, client=client, replace=False)
    again = set_up(WANTED, client=client, replace=False)

    assert [each.setting for each in first] == ["redirect_url", "redirect_milliseconds", "light_theme"]
    assert again == differences(WANTED, client=client) == []
    assert _changes(provider) == ["/rest/company/update", "/rest/company/theme"]


def test_another_programs_address_stays_unless_it_is_to_be_replaced(
    client: BandyerClient, provider: httpx2.Client
) -> None:
    client.update_company(end_call_redirect_url="https://other.example/")

    with pytest.raises(DeploymentError, match=r"redirect url: https://other\.example/.*--replace"):
        set_up(WANTED, client=client, replace=False)

    assert client.company().end_call_redirect_url == "https://other.example/"
    assert _changes(provider) == ["/rest/company/update"]

    set_up(WANTED, client=client, replace=True)

    assert differences(WANTED, client=client) == []


def test_what_is_not_wanted_stays(client: BandyerClient, provider: httpx2.Client) -> None:
    black = {"primary_color": "#000000", "accent_color": "#99CCFF"}
    provider.post("/rest/company/theme", json={"dark": black})
    provider.post("/rest/company/update", json={"user_details_provider_url": "https://other.example/users"})

    set_up(WANTED, client=client, replace=False)

    assert provider.get("/rest/company/theme").json()["theme"]["dark"] == black
    assert client.company().user_details_provider_url == "https://other.example/users"


def test_a_change_that_bandyer_does_not_keep_is_noticed(
    client: BandyerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "update_company", lambda **_: None)

    with pytest.raises(DeploymentError, match="did not keep it: redirect url: not set"):
        set_up(WANTED, client=client, replace=False)


def test_a_wrong_key_is_one_line(simulator: RunningSimulator) -> None:
    stranger = BandyerClient(base_url=simulator.url, api_key=StaticApiKey("ak_wrong"))

    with pytest.raises(DeploymentError, match="does not accept the API key: check the secret"):
        differences(WANTED, client=stranger)


def test_a_provider_that_is_not_there_is_one_line() -> None:
    nobody = BandyerClient(
        base_url=f"http://{HOST}:{Ports.free().bandyer}",
        api_key=StaticApiKey(API_KEY),
        sleep=lambda _: None,
    )

    with pytest.raises(DeploymentError, match=r"could not be reached \(ConnectionRefusedError\)"):
        differences(WANTED, client=nobody)


# ── Events ──


HOOK = f"{PAGE}/api/webhooks/bandyer"


def test_all_events_are_subscribed_once(client: BandyerClient, provider: httpx2.Client) -> None:
    first = subscribe(HOOK, client=client, replace=False)
    again = subscribe(HOOK, client=client, replace=False)

    assert (first, again) == (list(EVENTS), [])
    assert missing_events(HOOK, client=client) == []
    assert _changes(provider) == ["/rest/v1/hook/configure"]


def test_other_events_at_our_address_stay(client: BandyerClient) -> None:
    client.configure_hooks(url=HOOK, events=["on_room_new_feedback", "on_user_connected"])

    subscribe(HOOK, client=client, replace=False)

    assert {hook.event for hook in client.hooks()} == {"on_room_new_feedback", *EVENTS}


def test_a_company_that_was_set_up_by_an_earlier_version_gets_what_it_lacks(client: BandyerClient) -> None:
    client.configure_hooks(url=HOOK, events=list(CALL_EVENTS))

    assert subscribe(HOOK, client=client, replace=False) == list(ROOM_EVENTS)
    assert missing_events(HOOK, client=client) == []


def test_another_programs_events_are_not_taken_away(client: BandyerClient, provider: httpx2.Client) -> None:
    client.configure_hooks(url="https://other.example/path?token=1", events=["on_user_connected"])

    with pytest.raises(DeploymentError, match=r"another program: other\.example\. .*--replace"):
        subscribe(HOOK, client=client, replace=False)

    assert [hook.url for hook in client.hooks()] == ["https://other.example/path?token=1"]
    assert len(_changes(provider)) == 1

    subscribe(HOOK, client=client, replace=True)

    assert missing_events(HOOK, client=client) == []


# ── The commands ──


@pytest.fixture
def filled(
    project: Path, stacks: boto3.Session, client: BandyerClient, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A deployed stack with the key in its secret; Bandyer is the simulator."""
    secrets = stacks.client("secretsmanager")
    secrets.put_secret_value(SecretId="bandyer", SecretString=json.dumps({"apiKey": API_KEY}))
    (project / "site/config.json").write_text(
        (PROJECT_ROOT / "frontend_static/config.json").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(company, "client_for", lambda *_, **__: client)
    return project


def test_the_command_says_what_it_changed(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    codes = [command.main(["company", "dev"]) for _ in range(2)]

    printed = capfd.readouterr()
    assert codes == [0, 0]
    assert printed.out == (
        "changed  redirect url: not set, wanted https://site.example/call-ended.html\n"
        "changed  redirect milliseconds: 5000, wanted 0\n"
        "changed  events: 9 of calls and rooms are posted to the service\n"
        "Bandyer's company is set up for https://site.example\n"
        "Bandyer's company is set up for https://site.example\n"
    )
    assert API_KEY not in printed.out + printed.err


def test_a_check_changes_nothing(
    filled: Path, provider: httpx2.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    before = command.main(["company", "dev", "--check"])
    command.main(["company", "dev"])
    changes = len(_changes(provider))
    after = command.main(["company", "dev", "--check"])

    assert (before, after) == (1, 0)
    assert len(_changes(provider)) == changes == 2
    assert capfd.readouterr().err == "make company: 3 settings differ: make company ENV=dev\n"


def test_a_logo_is_uploaded_when_it_is_named(
    filled: Path, provider: httpx2.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    logo = filled / "clinic.png"
    logo.write_bytes(PNG)

    code = command.main(["company", "dev", "--logo", str(logo)])

    assert code == 0
    assert "changed  logo: uploaded clinic.png" in capfd.readouterr().out
    assert "/rest/company/logo/update" in _changes(provider)


def test_a_secret_without_a_key_is_one_line(
    project: Path, stacks: boto3.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    code = command.main(["company", "dev"])

    assert code == 1
    assert "has no apiKey yet: docs/operations.md, step 8" in capfd.readouterr().err


@pytest.mark.parametrize("content", ["nonsense", "[]", '{"apiKey": 7}', '{"apiKey": ""}'])
def test_no_other_content_of_the_secret_is_a_key(stacks: boto3.Session, content: str) -> None:
    arn = stacks.client("secretsmanager").create_secret(Name="other", SecretString=content)["ARN"]

    with pytest.raises(DeploymentError, match="has no apiKey yet") as caught:
        read_api_key(stacks, secret_arn=arn)

    assert caught.value.__cause__ is None


def test_a_deployment_warns_and_names_the_command(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = command.main(["deploy", "dev"])
    warned = capfd.readouterr().out
    command.main(["company", "dev"])
    after = command.main(["deploy", "dev"])

    assert (before, after) == (0, 0)
    assert "WARNING    Bandyer's company: redirect url: not set, wanted" in warned
    assert "To set it: make company ENV=dev" in warned
    assert "Bandyer    calls lead back to the page" in capfd.readouterr().out


def test_a_silent_provider_does_not_fail_the_deployment(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    nobody = BandyerClient(
        base_url=f"http://{HOST}:{Ports.free().bandyer}",
        api_key=StaticApiKey(API_KEY),
        sleep=lambda _: None,
    )
    monkeypatch.setattr(company, "client_for", lambda *_, **__: nobody)

    code = command.main(["deploy", "dev"])

    assert code == 0
    assert "WARNING    Bandyer could not be asked whether calls lead back" in capfd.readouterr().out
