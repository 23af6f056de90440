from collections.abc import Iterator

import pytest

from local.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole product, its handlers in this process.

    One for each module, not for the session: while it runs, the handlers' environment is this process's, and
    no other suite should see that. It starts in well under a second.
    """
    with running_stack(invocation="in-process", state_directory=tmp_path_factory.mktemp("stack")) as running:
        yield running
