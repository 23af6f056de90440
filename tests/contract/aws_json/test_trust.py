"""Over TLS: whom the client talks to, and the directory of roots that `sam build` makes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from requests.exceptions import SSLError

from aws_json import ConfigurationError, UnavailableError
from aws_json import client as client_module
from bandyer import new_session
from deployment.build.roots import subject_hash, write_directory
from tests.contract.aws_json.conftest import MakeReader, get_item
from tests.fakes.aws_server import PATIENCE_SECONDS, AwsServer, answer, running_aws_server
from tests.fakes.certificates import Authority, new_authority
from tests.fakes.pauses import Pauses

type Attribute = x509.NameAttribute[str]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority()


@pytest.fixture
def tls_server(authority: Authority, tmp_path: Path) -> Iterator[AwsServer]:
    with running_aws_server(tls=authority.server_context(tmp_path)) as server:
        server.answers_always(answer({"done": True}))
        yield server


@pytest.fixture
def ask(make_reader: MakeReader, tmp_path: Path) -> Callable[[AwsServer, str], object]:
    """Call a server by name, trusting the roots of a bundle, as a directory."""

    def ask(server: AwsServer, roots: str, *, host: str = "localhost") -> object:
        write_directory(roots, tmp_path / "roots")
        reader = make_reader(
            AWS_ENDPOINT_URL_DYNAMODB=f"https://{host}:{server.port}", AWS_CA_BUNDLE=str(tmp_path / "roots")
        )
        return get_item(reader)

    return ask


def test_a_server_of_a_trusted_authority_is_answered(
    tls_server: AwsServer, authority: Authority, ask: Callable[..., object]
) -> None:
    assert ask(tls_server, certifi.contents() + authority.pem) == {"done": True}


def test_a_bundle_file_will_do_too(
    tls_server: AwsServer, authority: Authority, make_reader: MakeReader, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(authority.pem)

    reader = make_reader(
        AWS_ENDPOINT_URL_DYNAMODB=f"https://localhost:{tls_server.port}", AWS_CA_BUNDLE=str(bundle)
    )

    assert get_item(reader) == {"done": True}


@pytest.mark.parametrize("content", [None, "canary"])
def test_a_bundle_that_is_none_is_a_setting_to_correct(
    make_reader: MakeReader, tmp_path: Path, content: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    reader = make_reader(AWS_ENDPOINT_URL="https://localhost:1", AWS_CA_BUNDLE=str(bundle))

    with pytest.raises(ConfigurationError, match="AWS_CA_BUNDLE"):
        reader.connect()


@pytest.mark.parametrize("roots", ["all the world's", "another one of the same name", "none"])
def test_a_server_of_an_authority_that_is_not_trusted_is_refused_unheard(
    tls_server: AwsServer, ask: Callable[..., object], roots: str
) -> None:
    trusted = {
        "all the world's": certifi.contents(),
        "another one of the same name": new_authority().pem,
        "none": "",
    }

    with pytest.raises(UnavailableError, match="SSLCertVerificationError"):
        ask(tls_server, trusted[roots])

    assert tls_server.received == []


def test_a_server_by_another_name_is_refused_unheard(
    authority: Authority, ask: Callable[..., object], tmp_path: Path
) -> None:
    with running_aws_server(tls=authority.server_context(tmp_path, host="somebody.else")) as server:
        with pytest.raises(UnavailableError, match="SSLCertVerificationError"):
            ask(server, authority.pem)

        assert server.received == []


@pytest.mark.parametrize("is_trusted", [True, False])
def test_the_providers_client_can_be_given_the_same_directory(
    tls_server: AwsServer, authority: Authority, tmp_path: Path, *, is_trusted: bool
) -> None:
    write_directory(certifi.contents() + (authority.pem if is_trusted else ""), tmp_path / "roots")
    session = new_session()
    session.verify = str(tmp_path / "roots")
    session.trust_env = False  # as the client sets it: REQUESTS_CA_BUNDLE would win
    url = f"https://localhost:{tls_server.port}"

    with session:
        if is_trusted:
            assert session.get(url, timeout=5).json() == {"done": True}
        else:
            with pytest.raises(SSLError):
                session.get(url, timeout=5)


def test_a_handshake_has_a_limit_in_all_and_not_for_each_read(
    make_reader: MakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 1.0)
    began, hung_up = threading.Event(), threading.Event()

    def drip(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            began.set()
            # A handshake record of 1 kB that comes a byte at a time.
            connection.sendall(b"\x16\x03\x03\x04\x00\x02\x00\x03\xfc")
            while not hung_up.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        reader = make_reader(AWS_ENDPOINT_URL_DYNAMODB=f"https://127.0.0.1:{listener.getsockname()[1]}")
        started = time.monotonic()

        try:
            with pytest.raises(UnavailableError, match="TimeoutError"):
                get_item(reader)
            seconds = time.monotonic() - started
        finally:
            # Or a test that fails would never end.
            hung_up.set()
            thread.join()
    assert began.is_set()
    assert seconds < 5  # a quarter of what the record takes


def test_a_connection_opened_early_is_used_and_kept(
    tls_server: AwsServer, authority: Authority, make_reader: MakeReader, tmp_path: Path
) -> None:
    write_directory(authority.pem, tmp_path / "roots")
    reader = make_reader(
        AWS_ENDPOINT_URL_DYNAMODB=f"https://localhost:{tls_server.port}",
        AWS_CA_BUNDLE=str(tmp_path / "roots"),
    )

    reader.connect()
    for _ in range(3):
        get_item(reader)

    # The session tickets that wait to be read after a handshake are not taken for a farewell.
    assert tls_server.connections == 1


def test_what_ended_while_we_were_frozen_is_replaced_over_tls_too(
    tls_server: AwsServer, authority: Authority, make_reader: MakeReader, tmp_path: Path, pauses: Pauses
) -> None:
    write_directory(authority.pem, tmp_path / "roots")
    reader = make_reader(
        AWS_ENDPOINT_URL_DYNAMODB=f"https://localhost:{tls_server.port}",
        AWS_CA_BUNDLE=str(tmp_path / "roots"),
    )
    get_item(reader)

    tls_server.hang_up()
    get_item(reader)

    assert (tls_server.connections, pauses.seconds) == (2, [])


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param([x509.NameAttribute(NameOID.COMMON_NAME, "  MIXED Case\t and   spaces ")], id="spaces"),
        pytest.param([x509.NameAttribute(NameOID.COMMON_NAME, "AUTORITÀ di Città")], id="not ASCII"),
        pytest.param(
            [x509.NameAttribute(NameOID.COMMON_NAME, "Wide Ünïcode", _type=_ASN1Type.BMPString)], id="BMP"
        ),
        pytest.param([x509.NameAttribute(NameOID.COUNTRY_NAME, "IT")], id="printable"),
        pytest.param(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "O" * 60),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "U" * 60),
                x509.NameAttribute(NameOID.COMMON_NAME, "C" * 60),
            ],
            id="long",
        ),
        pytest.param([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "ROOT@Example.Test")], id="IA5"),
    ],
)
def test_openssl_finds_a_root_by_the_name_we_give_its_file(
    attributes: list[Attribute], ask: Callable[..., object], tmp_path: Path
) -> None:
    authority = new_authority(name=x509.Name(attributes))

    with running_aws_server(tls=authority.server_context(tmp_path)) as server:
        server.answers(answer({"done": True}))

        assert ask(server, authority.pem) == {"done": True}


def test_openssl_finds_a_root_whose_name_has_parts_side_by_side(
    ask: Callable[..., object], tmp_path: Path
) -> None:
    part = x509.RelativeDistinguishedName(
        [
            # In the other order once they are in lower case.
            x509.NameAttribute(NameOID.COMMON_NAME, "B"),
            x509.NameAttribute(NameOID.COMMON_NAME, "a"),
        ]
    )
    authority = new_authority(name=x509.Name([part]))

    with running_aws_server(tls=authority.server_context(tmp_path)) as server:
        server.answers(answer({"done": True}))

        assert ask(server, authority.pem) == {"done": True}


def test_two_roots_of_one_name_have_two_files(tmp_path: Path) -> None:
    first, second = new_authority(), new_authority()

    write_directory(first.pem + second.pem, tmp_path / "roots")

    name = subject_hash(first.certificate.public_bytes(Encoding.DER))
    assert sorted(path.name for path in (tmp_path / "roots").iterdir()) == [f"{name}.0", f"{name}.1"]
