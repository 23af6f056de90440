"""Read a file out of a body of the type multipart/form-data (RFC 7578)."""

from typing import Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from teleconsultation.domain.errors import NotAFormError

_FORM: Final = "multipart/form-data"
_MAX_BOUNDARY_LENGTH: Final = 70
_MAX_PARTS: Final = 16


def read_file(body: bytes, *, content_type: str, field: str) -> bytes | None:
    """Return the content of a form's first part with this name; None if it has none.

    Raises:
        NotAFormError: the content type is another one or names no boundary, or the body is damaged or cut
            off.
    """
    media_type, parameters = parse_options_header(content_type)
    boundary = parameters.get("boundary", "")
    if media_type != _FORM or not boundary.isascii() or not 1 <= len(boundary) <= _MAX_BOUNDARY_LENGTH:
        raise NotAFormError("no form with a boundary")
    files: list[bytes] = []
    try:
        with PushMultipartParser(boundary, max_segment_count=_MAX_PARTS) as parser:
            # An event is the head of a part, a piece of its content, or None at its end.
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    is_wanted, content = event.name == field, bytearray()
                elif event is not None:
                    content += event
                elif is_wanted:
                    files.append(bytes(content))
    except MultipartError as error:
        raise NotAFormError("damaged or cut off") from error
    return files[0] if files else None
