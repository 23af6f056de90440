"""The failure of one step."""

from typing import Literal

type Step = Literal["settings", "token", "create", "page", "join", "delete"]


class ProbeError(Exception):
    """A step failed. Its facts may be logged: `problem` is a constant or a class name, never of an answer."""

    def __init__(self, step: Step, problem: str, *, status: int | None = None) -> None:
        super().__init__(f"{step}: {problem}")
        self.step = step
        self.problem = problem
        self.status = status
