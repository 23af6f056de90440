"""Addresses that an endpoint may not have, after resolving and in every spelling."""

import pytest

from teleconsultation.publishing.addresses import AddressRefusedError, checked_address
from teleconsultation.publishing.webhook_client import check_url

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
REFUSED = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "169.254.169.254",
    "169.254.170.2",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "::169.254.169.254",
    "2001:db8::1",
]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


def checked(*addresses: str, allows_loopback: bool = False) -> str:
    return checked_address(
        "billing.example", 443, allows_loopback=allows_loopback, resolver=lambda _host, _port: list(addresses)
    )


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_the_one_to_connect_to(address: str) -> None:
    assert checked(address) == address


@pytest.mark.parametrize("allows_loopback", [False, True])
@pytest.mark.parametrize("address", REFUSED)
def test_what_only_we_reach_is_refused(address: str, *, allows_loopback: bool) -> None:
    with pytest.raises(AddressRefusedError, match="not public"):
        checked(address, allows_loopback=allows_loopback)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_allowed_on_a_laptop_alone(address: str) -> None:
    assert checked(address, allows_loopback=True) == address
    with pytest.raises(AddressRefusedError):
        checked(address)


def test_one_bad_address_among_good_ones_refuses_all() -> None:
    with pytest.raises(AddressRefusedError, match="not public"):
        checked(*PUBLIC, "10.0.0.1")


@pytest.mark.parametrize("error", [OSError(), UnicodeError()])
def test_a_host_without_an_address_is_refused(error: Exception) -> None:
    def resolver(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(AddressRefusedError, match="no address"):
        checked_address("billing.example", 443, allows_loopback=False, resolver=resolver)


@pytest.mark.parametrize(
    "url",
    [
        "http://billing.example/hooks",
        "ftp://billing.example",
        "file:///etc/passwd",
        "https://",
        "https:///hooks",
        "https://user@billing.example/",
        "https://user:password@billing.example/",
        "https://billing.example/#fragment",
        "https://billing.example:port/",
        "https://billing.example/a b",
        "https://billing.example/a\r\nHost: other",
        "https://bílling.example/",
        "",
    ],
)
def test_what_is_no_endpoints_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"not|[Pp]ort"):
        check_url(url, allows_loopback=False)


def test_http_is_for_a_laptop_alone() -> None:
    assert check_url("http://127.0.0.1:9/x", allows_loopback=True).port == 9
    assert (
        check_url("https://billing.example:8443/x?y=1", allows_loopback=False).hostname == "billing.example"
    )
