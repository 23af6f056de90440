"""The body of `POST /settings/background-image`: a form with an image."""

from typing import Final

from teleconsultation.domain.errors import (
    FieldError,
    ImageTooLargeError,
    InvalidRequestError,
    TooLargeError,
)
from teleconsultation.edge.form_data import read_file
from teleconsultation.edge.http import Request
from teleconsultation.edge.jpeg import jpeg_size

FIELD: Final = "virtual_background"
MAX_FORM_BYTES: Final = 4_400_000
"""Lambda takes requests of 6 MB, in which API Gateway writes the form in Base64, beside the headers.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
MIN_PIXELS: Final = 1280
"""In width and in height, as the provider wants it:
https://developers.kaleyra.io/reference/video-company-uploadbackground
"""


def read_background_image(request: Request) -> bytes:
    """Return the image in a request's form.

    Raises:
        ImageTooLargeError: the form has more than `MAX_FORM_BYTES`.
        UnsupportedContentCodingError: the body is compressed.
        NotAFormError: the body is no form.
        InvalidRequestError: it has no image, or one that is no JPEG or too small.
    """
    try:
        body = request.raw_body(max_bytes=MAX_FORM_BYTES)
    except TooLargeError as error:
        raise ImageTooLargeError("form too large") from error
    request.require_uncompressed()
    image = read_file(body, content_type=request.headers.get("content-type", ""), field=FIELD)
    if not image:
        raise InvalidRequestError(
            [FieldError(FIELD, "is missing: the form has no such file, or an empty one")]
        )
    size = jpeg_size(image)
    if size is None:
        raise InvalidRequestError([FieldError(FIELD, "must be a JPEG image")])
    if min(size.width, size.height) < MIN_PIXELS:
        message = (
            f"must have at least {MIN_PIXELS} by {MIN_PIXELS} pixels, and has {size.width} by {size.height}"
        )
        raise InvalidRequestError([FieldError(FIELD, message)])
    return image
