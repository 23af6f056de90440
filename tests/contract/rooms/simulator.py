"""A running Bandyer simulator, with its control routes at hand."""

from dataclasses import dataclass
from typing import Any

import httpx2

from local.bandyer_simulator.server import RunningSimulator


@dataclass(frozen=True)
class Simulator:
    """What a test may ask of the simulator itself."""

    running: RunningSimulator

    def state(self) -> dict[str, Any]:
        """Return what it holds and what it was asked."""
        return self._call("GET", "state")

    def fail(self, method: str, path: str, *, fault: str, times: int = 1) -> None:
        """Go wrong at the next requests of this kind."""
        self._call("POST", "faults", {"method": method, "path": path, "fault": fault, "times": times})

    def recover(self) -> None:
        """Go wrong no more."""
        self._call("DELETE", "faults")

    def opens(self, link: str) -> bool:
        """Say whether a link leads anywhere."""
        return httpx2.get(link, follow_redirects=True).status_code == 200

    def reset(self) -> None:
        """Forget everything."""
        self._call("POST", "reset")

    def _call(self, method: str, name: str, body: object = None) -> dict[str, Any]:
        response = httpx2.request(method, f"{self.running.url}/_control/{name}", json=body)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer
