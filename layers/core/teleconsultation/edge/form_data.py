"""Read a file out of a body of the type multipart/form-data (RFC 7578)."""

from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from teleconsultation.domain.errors import NotAFormError

_FORM: Final = "multipart/form-data"
_MAX_BOUNDARY_LENGTH: Final = 70


def read_file(body: bytes, *, content_type: str, field: str) -> bytes | None:
    """Return the content of a form's first part with this name; None if it has none.

    The body is split at its boundary in one pass. `email` would read it line by line, which takes seconds
    for a large file, so it reads the parts' headers only.

    Raises:
        NotAFormError: the content type is another one, or names no boundary.
    """
    declared = Message()
    declared["content-type"] = content_type
    boundary = declared.get_boundary()
    if declared.get_content_type() != _FORM or not boundary or len(boundary) > _MAX_BOUNDARY_LENGTH:
        raise NotAFormError("no form with a boundary")
    # What stands before the first delimiter is no part, and what follows the last one neither.
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(errors="replace"))
    for part in parts:
        head, is_part, content = part.partition(b"\r\n\r\n")
        disposition = BytesHeaderParser().parsebytes(head.lstrip())
        if is_part and disposition.get_param("name", header="content-disposition") == field:
            return content
    return None
