import socket

import pytest

from local.ports import HOST, PortError, Ports


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("gateway", "TELECONSULTATION_PORT"),
        ("bandyer", "BANDYER_PORT"),
        ("issuer", "ISSUER_PORT"),
        ("aws", "AWS_EMULATOR_PORT"),
    ],
)
def test_a_taken_port_is_named_with_the_variable_that_moves_it(name: str, variable: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = Ports(**{**vars(Ports.free()), name: port})

        with pytest.raises(PortError) as caught:
            ports.check()

    text = str(caught.value)
    assert str(port) in text
    assert f"Set {variable} to another one" in text
    assert "\n" not in text


def test_free_ports_can_be_used() -> None:
    ports = Ports.free()

    ports.check()

    assert len(set(vars(ports).values())) == 4


def test_a_free_port_is_none_that_the_system_gives_to_connections() -> None:
    assert all(10_000 <= port < 32_768 for port in vars(Ports.free()).values())
