from typing import Any

import pytest

from local.bandyer_simulator.api.errors import ProviderError
from local.bandyer_simulator.api.tools import expanded_tools

WHITEBOARD = {
    "wb_pen": True,
    "wb_eraser": True,
    "wb_add_file": True,
    "wb_text": True,
    "wb_shape": True,
    "wb_cursor": True,
}
ALL_OFF = {
    "chat": False,
    "screen_sharing": False,
    "whiteboard": False,
    "file_upload": False,
    "live_edit": False,
    "snapshot": False,
    "live_pointer": False,
    "present_to_everyone": False,
}
ALL_ON = {**dict.fromkeys(ALL_OFF, True), "whiteboard": WHITEBOARD}


@pytest.mark.parametrize(
    ("requested", "expanded"),
    [
        (None, ALL_ON),
        ({}, ALL_OFF),
        ({"chat": True}, {**ALL_OFF, "chat": True}),
        ({"chat": False}, ALL_OFF),
        ({"whiteboard": True}, {**ALL_OFF, "whiteboard": WHITEBOARD}),
        (
            {"whiteboard": {"wb_pen": True}},
            {**ALL_OFF, "whiteboard": {**dict.fromkeys(WHITEBOARD, False), "wb_pen": True}},
        ),
        ({"whiteboard": {}}, ALL_OFF),
        ({"sign": True, "snapshot": True}, {**ALL_OFF, "snapshot": True}),
    ],
    ids=["absent", "none", "one", "one-off", "whiteboard", "one-sub-tool", "no-sub-tool", "unknown-name"],
)
def test_tools_are_expanded(requested: Any, expanded: dict[str, Any]) -> None:
    assert expanded_tools(requested) == expanded


@pytest.mark.parametrize(
    "requested", [[], "all", {"chat": 1}, {"whiteboard": "on"}, {"whiteboard": {"wb_pen": 1}}]
)
def test_tools_must_be_an_object_of_booleans(requested: Any) -> None:
    with pytest.raises(ProviderError) as refusal:
        expanded_tools(requested)

    assert (refusal.value.status, refusal.value.code) == (422, "invalid_tools")
