"""The size of a JPEG image, which is read and not decoded.

https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)
"""

_START = b"\xff\xd8"
# SOF0 to SOF15, without the tables DHT, JPG and DAC between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def jpeg_size(image: bytes) -> tuple[int, int] | None:
    """Return width and height; None if this is no JPEG."""
    position = len(_START)
    if not image.startswith(_START):
        return None
    while image[position : position + 1] == b"\xff" and position + 9 <= len(image):
        marker, length = image[position + 1], int.from_bytes(image[position + 2 : position + 4])
        if marker == 0xFF:
            position += 1
            continue
        if marker in _FRAMES:
            height, width = image[position + 5 : position + 7], image[position + 7 : position + 9]
            return int.from_bytes(width), int.from_bytes(height)
        position += 2 + length
    return None
