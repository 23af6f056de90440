"""Files with the beginning and the end of a JPEG image, for readers of its size."""

from typing import Final

START: Final = b"\xff\xd8"
END: Final = b"\xff\xd9"
BASELINE: Final = 0xC0


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of an image."""
    return bytes([0xFF, marker]) + (2 + len(content)).to_bytes(2) + content


def frame(*, width: int, height: int, marker: int = BASELINE) -> bytes:
    """Return the segment that has the size: 8 bits a sample, one component."""
    return segment(marker, b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00")


def jpeg(*, width: int, height: int, size: int = 0) -> bytes:
    """Return an image without its picture, filled up to a number of bytes."""
    begin = START + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + frame(width=width, height=height)
    return begin + bytes(max(size - len(begin) - len(END), 0)) + END
