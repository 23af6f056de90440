"""Expand a participant's tools as the provider does."""

from local.bandyer_simulator.api.errors import ProviderError, invalid_value
from local.bandyer_simulator.memory.records import Tools

TOOL_NAMES = (
    "chat",
    "screen_sharing",
    "whiteboard",
    "file_upload",
    "live_edit",
    "snapshot",
    "live_pointer",
    "present_to_everyone",
)
WHITEBOARD_TOOL_NAMES = ("wb_pen", "wb_eraser", "wb_add_file", "wb_text", "wb_shape", "wb_cursor")


def expanded_tools(requested: object) -> Tools:
    """Return every tool with its state: not sent = all on, `{}` = all off, otherwise unnamed tools are off.

    https://docs.bandyer.com/Bandyer-RESTAPI/ (room, tools). Choices: null means not sent; unknown names are
    dropped, because later clients send tools unknown to this version (`sign`); unnamed tools of a whiteboard
    object are off too, and a whiteboard with all tools off is off.

    Raises:
        ProviderError: 422 `invalid_tools` (choice), if it is not an object of booleans.
    """
    if requested is None:
        return {name: _whiteboard(True) if name == "whiteboard" else True for name in TOOL_NAMES}
    if not isinstance(requested, dict):
        raise _invalid_tools()
    expanded: dict[str, bool | dict[str, bool]] = {}
    for name in TOOL_NAMES:
        wanted = requested.get(name, False)
        expanded[name] = _whiteboard(wanted) if name == "whiteboard" else _switch(wanted)
    return expanded


def _whiteboard(wanted: object) -> bool | dict[str, bool]:
    if not isinstance(wanted, dict):
        return dict.fromkeys(WHITEBOARD_TOOL_NAMES, True) if _switch(wanted) else False
    sub_tools = {name: _switch(wanted.get(name, False)) for name in WHITEBOARD_TOOL_NAMES}
    return sub_tools if any(sub_tools.values()) else False


def _switch(wanted: object) -> bool:
    if not isinstance(wanted, bool):
        raise _invalid_tools()
    return wanted


def _invalid_tools() -> ProviderError:
    return invalid_value("invalid_tools", message="tools must be an object of booleans")
