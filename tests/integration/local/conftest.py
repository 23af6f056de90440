from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deployment.template.application import Function
from local.gateway.invoker import PoolInvoker

type WriteFunction = Callable[..., Function]


@pytest.fixture
def write_function(tmp_path: Path) -> WriteFunction:
    """Writes a function's code, and optionally a layer, and returns its description."""

    def write(code: str, *, name: str = "Sample", timeout_seconds: int = 10, **environment: str) -> Function:
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(code, encoding="utf-8")
        layer = tmp_path / "layer"
        layer.mkdir(exist_ok=True)
        (layer / "in_the_layer.py").write_text("GREETING = 'hello'", encoding="utf-8")
        return Function(
            name=name,
            code=folder,
            handler="app.lambda_handler",
            layers=(layer,),
            timeout_seconds=timeout_seconds,
            memory_megabytes=256,
            environment=environment,
        )

    return write


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Callable[..., PoolInvoker]]:
    """Creates invokers that are closed after the test."""
    made: list[PoolInvoker] = []

    def make(*functions: Function, **extra: str) -> PoolInvoker:
        made.append(PoolInvoker(functions, extra=extra, log=tmp_path / "functions.log"))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
