import pytest

from local.ports import PortError, Ports


def test_without_variables_the_documented_ports_are_used() -> None:
    assert Ports.from_environment({}) == Ports(gateway=8080, bandyer=8090, issuer=8091, aws=8092)


def test_each_port_has_its_variable() -> None:
    environment = {
        "TELECONSULTATION_PORT": "1",
        "BANDYER_PORT": "2",
        "ISSUER_PORT": "3",
        "AWS_EMULATOR_PORT": "65535",
    }

    assert Ports.from_environment(environment) == Ports(gateway=1, bandyer=2, issuer=3, aws=65535)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Ports.from_environment({"BANDYER_PORT": ""}) == Ports()


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80 ", "8.0", "٨٠"])
def test_what_is_no_port_number_is_refused_by_the_variables_name(text: str) -> None:
    with pytest.raises(PortError, match=r"^BANDYER_PORT must be a port number"):
        Ports.from_environment({"BANDYER_PORT": text})


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ISSUER_PORT": "8080"}, ("TELECONSULTATION_PORT", "ISSUER_PORT", "8080")),
        (
            {"BANDYER_PORT": "9000", "AWS_EMULATOR_PORT": "9000"},
            ("BANDYER_PORT", "AWS_EMULATOR_PORT", "9000"),
        ),
    ],
)
def test_two_equal_ports_are_refused_with_both_names(
    environment: dict[str, str], named: tuple[str, ...]
) -> None:
    with pytest.raises(PortError) as caught:
        Ports.from_environment(environment)

    assert all(name in str(caught.value) for name in named)
