"""Read a file out of a body of the type multipart/form-data (RFC 7578).

The standard library's `email` is not used for it: it reads a large file line by line, which takes seconds,
and raises errors of its own for some parameters of a hostile header.
"""

from typing import Final

from teleconsultation.domain.errors import NotAFormError

_FORM: Final = "multipart/form-data"
_MAX_BOUNDARY_LENGTH: Final = 70


def read_file(body: bytes, *, content_type: str, field: str) -> bytes | None:
    """Return the content of a form's first part with this name; None if it has none.

    Raises:
        NotAFormError: the content type is another one, or names no boundary.
    """
    boundary = _parameter(content_type, "boundary")
    is_form = content_type.partition(";")[0].strip().lower() == _FORM
    if not is_form or not boundary.isascii() or not 1 <= len(boundary) <= _MAX_BOUNDARY_LENGTH:
        raise NotAFormError("no form with a boundary")
    # What stands before the first delimiter is no part, and what follows the last one neither.
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    for part in parts:
        head, is_part, content = part.partition(b"\r\n\r\n")
        if is_part and _name(head.decode("latin-1")) == field:
            return content
    return None


def _name(head: str) -> str:
    for line in head.split("\r\n"):
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            return _parameter(value, "name")
    return ""


def _parameter(value: str, name: str) -> str:
    """Return a header's parameter, or the empty text. Neither a boundary nor our field has a semicolon."""
    for parameter in value.split(";")[1:]:
        key, _, text = parameter.partition("=")
        if key.strip().lower() == name:
            return text.strip().strip('"')
    return ""
