"""The size of a JPEG image, read from its frame header; the image is not decoded.

https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)
"""

from dataclasses import dataclass
from typing import Final

_START: Final = b"\xff\xd8"
_FILLER: Final = 0xFF
# The frame headers SOF0 to SOF15; three numbers between them are tables (DHT, JPG, DAC).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FRAME_BYTES: Final = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelSize:
    """How many pixels an image has."""

    width: int
    height: int


def jpeg_size(image: bytes) -> PixelSize | None:
    """Return the size of a JPEG image; None if this is none."""
    if not image.startswith(_START):
        return None
    position = len(_START)
    while position + _FRAME_BYTES <= len(image) and image[position] == _FILLER:
        marker = image[position + 1]
        if marker in _FRAMES:
            return PixelSize(
                height=int.from_bytes(image[position + 5 : position + 7]),
                width=int.from_bytes(image[position + 7 : position + 9]),
            )
        # A marker may be preceded by any number of fillers; other segments say how long they are.
        is_filler = marker == _FILLER
        position += 1 if is_filler else 2 + int.from_bytes(image[position + 2 : position + 4])
    return None
