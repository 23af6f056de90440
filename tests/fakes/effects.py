"""What the fakes did, in order, and what shall go wrong while they do it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

type Interruption = Callable[[], None]


class KilledError(BaseException):
    """The process is gone: nothing that catches errors runs any more."""


def killed() -> None:
    """Raise `KilledError`, as an interruption."""
    raise KilledError


def failing(error: Exception) -> Interruption:
    """Return an interruption that raises `error`."""

    def fail() -> None:
        raise error

    return fail


class Effects:
    """A record that several fakes share, so that a test can see their effects as one sequence.

    Reads are not effects: a request that is refused may read as much as it likes.
    """

    def __init__(self) -> None:
        self.log: list[str] = []
        self._before: dict[str, list[Interruption]] = {}
        self._after: dict[str, list[Interruption]] = {}

    def before(self, name: str, interruption: Interruption) -> None:
        """Run `interruption` once, before the next `name` happens; if it raises, `name` does not happen."""
        self._before.setdefault(name, []).append(interruption)

    def after(self, name: str, interruption: Interruption) -> None:
        """Run `interruption` once, after the next `name` has happened; if it raises, the answer is lost."""
        self._after.setdefault(name, []).append(interruption)

    def calm(self) -> bool:
        """Let nothing go wrong any more; say whether everything that was to go wrong did."""
        is_over = not any([*self._before.values(), *self._after.values()])
        self._before.clear()
        self._after.clear()
        return is_over

    def forget(self) -> None:
        """Empty the record: what follows is what the test is about."""
        self.log.clear()

    def read(self, name: str) -> None:
        """Let what shall go wrong with a read go wrong."""
        _run_next(self._before, name)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Surround one effect; one that fails is not recorded."""
        _run_next(self._before, name)
        yield
        self.log.append(name)
        _run_next(self._after, name)


def _run_next(interruptions: dict[str, list[Interruption]], name: str) -> None:
    if interruptions.get(name):
        interruptions[name].pop(0)()
