"""The page's configuration, which the page reads from a data block of its own document."""

import json
from collections.abc import Mapping
from typing import Any, Final

_START: Final = '<script type="application/json" id="config">'
_END: Final = "</script>"


def with_configuration(document: str, configuration: Mapping[str, Any]) -> str:
    """Return the document with its data block filled; unchanged if it has none, as call-ended.html."""
    # "<" could end the block.
    content = json.dumps(configuration, ensure_ascii=False).replace("<", r"\u003c")
    return document.replace(_START + _END, _START + content + _END)


def configuration_in(document: str) -> Any:  # noqa: ANN401 - whatever stands in the page of somebody else
    """Return the content of the document's data block.

    Raises:
        ValueError: the document has no block, or it is not JSON.
    """
    return json.loads(document.partition(_START)[2].partition(_END)[0])
