"""Calls a function as soon as a module has been executed for the first time."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

type Action = Callable[[ModuleType], None]


class OnImport(MetaPathFinder):
    """Runs actions on modules right after they are executed, before anybody can import a name from them."""

    def __init__(self) -> None:
        self._actions: list[tuple[Callable[[str], bool], Action]] = []

    def install(self) -> None:
        """Watch all imports from now on."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Watch no import any more."""
        sys.meta_path.remove(self)

    def add(self, matches: Callable[[str], bool], action: Action) -> None:
        """Run an action on every module whose name matches: now if it is loaded, else when it is."""
        self._actions.append((matches, action))
        for name, module in tuple(sys.modules.items()):
            if matches(name):
                action(module)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module that an action waits for, as Python does without us."""
        actions = [action for matches, action in self._actions if matches(fullname)]
        if not actions:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            _act_after_execution(spec.loader, actions)
        return spec


def _act_after_execution(loader: Loader, actions: Sequence[Action]) -> None:
    """Change one loader, which is its module's own."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        for action in actions:
            action(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]
