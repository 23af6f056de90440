"""The four ports of the local stack, read from environment variables and checked before the start."""

import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Final

HOST: Final = "127.0.0.1"
VARIABLES: Final = {
    "gateway": "TELECONSULTATION_PORT",
    "bandyer": "BANDYER_PORT",
    "issuer": "ISSUER_PORT",
    "aws": "AWS_EMULATOR_PORT",
}
_NOT_EPHEMERAL: Final = range(10_000, 32_768)
"""Linux and macOS give connections no port of these: one that is free now is free a moment later."""


class PortError(Exception):
    """A port is unusable; the text is one line that names the variable to change."""


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    gateway: int = 8080
    bandyer: int = 8090
    issuer: int = 8091
    aws: int = 8092

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """Return the ports from the variables; a missing or empty one means the default.

        Raises:
            PortError: a value is not a port number, or two are equal.
        """
        chosen = {field.name: int(field.default) for field in fields(cls) if isinstance(field.default, int)}
        for name, variable in VARIABLES.items():
            text = environment.get(variable, "")
            if text:
                chosen[name] = _number(text, variable=variable)
        ports = cls(**chosen)
        names = {port: VARIABLES[name] for name, port in reversed(chosen.items())}
        if len(names) < len(chosen):
            double = next(name for name, port in chosen.items() if names[port] != VARIABLES[name])
            raise PortError(
                f"{names[chosen[double]]} and {VARIABLES[double]} are both {chosen[double]}; change one."
            )
        return ports

    @classmethod
    def free(cls) -> "Ports":
        """Choose four free ports, for tests; another program could still take one before it is used."""
        ports: set[int] = set()
        while len(ports) < len(fields(cls)):
            with socket.socket() as probe, suppress(OSError):
                port = secrets.choice(_NOT_EPHEMERAL)
                probe.bind((HOST, port))
                ports.add(port)
        return cls(*ports)

    def check(self) -> None:
        """Check that a server can listen on each port.

        Raises:
            PortError: a port is unusable.
        """
        for name, variable in VARIABLES.items():
            port = getattr(self, name)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                    # With SO_REUSEADDR macOS lets two sockets bind; only listening fails.
                    probe.listen()
                except OSError as error:
                    raise PortError(
                        f"Port {port} cannot be used ({(error.strerror or 'error').lower()}). "
                        f"Set {variable} to another one, e.g. {variable}={port + 100} make run"
                    ) from error


def _number(text: str, *, variable: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65_536:
        return int(text)
    raise PortError(f"{variable} must be a port number from 1 to 65535.")
