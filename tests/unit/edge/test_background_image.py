"""The form with a background: which file is taken out of it, and which image is accepted."""

import base64
import gzip
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import (
    ImageTooLargeError,
    InvalidRequestError,
    NotAFormError,
    UnsupportedContentCodingError,
)
from teleconsultation.edge.background_image import MAX_FORM_BYTES, read_background_image
from teleconsultation.edge.form_data import read_file
from teleconsultation.edge.http import Request
from teleconsultation.edge.jpeg import PixelSize, jpeg_size
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.jpeg import END, START, frame, jpeg, segment

FORM = "multipart/form-data; boundary=xyz"
IMAGE = jpeg(width=1280, height=1280)


def form(**files: bytes) -> tuple[bytes, str]:
    """Return a form as a client writes it, and its content type."""
    parts = {name: (f"{name}.jpeg", content, "image/jpeg") for name, content in files.items()}
    prepared = requests.Request("POST", "https://api.test", files=parts).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, prepared.headers["content-type"]


def request(body: bytes, content_type: str, **headers: str) -> Request:
    event: dict[str, Any] = http_event("POST", headers={"content-type": content_type, **headers})
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return Request(event, lambda_context())


def refusal(body: bytes, content_type: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequestError) as error:
        read_background_image(request(body, content_type))
    return [(field.field, field.message) for field in error.value.errors]


class TestForm:
    @given(content=st.binary(max_size=200))
    def test_a_file_comes_out_as_it_went_in(self, content: bytes) -> None:
        body, content_type = form(other=b"--", virtual_background=content, last=b"\r\n")

        assert read_file(body, content_type=content_type, field="virtual_background") == content

    def test_the_first_of_two_files_of_one_name_is_taken(self) -> None:
        part = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n'

        assert read_file(part + b"1\r\n" + part + b"2\r\n--xyz--", content_type=FORM, field="a") == b"1"

    def test_headers_may_be_written_in_other_ways(self) -> None:
        head = b"X: 1\r\nCONTENT-disposition:form-data;filename=b ; NAME=a"
        body = b"preamble\r\n--x y\r\n" + head + b"\r\n\r\n1\r\n--x y--"

        assert read_file(body, content_type='Multipart/Form-Data;Boundary="x y"', field="a") == b"1"

    def test_a_files_name_may_have_any_letters(self) -> None:
        part = '--xyz\r\nContent-Disposition: form-data; name="a"; filename="Größe.jpeg"\r\n\r\n1\r\n--xyz--'

        assert read_file(part.encode(), content_type=FORM, field="a") == b"1"

    @pytest.mark.parametrize(
        "body",
        [
            b"--xyz--",
            b"--xyz\r\nContent-Disposition: form-data; name*0*=a%00''a\r\n\r\n1\r\n--xyz--",
            b'--xyz\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n--xyz--',
            b'--xyz\r\nContent-Disposition: form-data; name="b"; filename="; name=a"\r\n\r\n1\r\n--xyz--',
        ],
        ids=["no part", "unreadable name", "another name", "another name in front of ours"],
    )
    def test_a_form_without_the_file_has_none(self, body: bytes) -> None:
        assert read_file(body, content_type=FORM, field="a") is None

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--xyz\r\n\r\ncontent\r\n--xyz--",
            b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n--xyz--',
            b'--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--abc--',
            b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf of an ima',
            b'--xyz\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n' * 17 + b"--xyz--",
        ],
        ids=["nothing", "no name", "no content", "another boundary", "cut off", "many parts"],
    )
    def test_a_damaged_form_is_refused(self, body: bytes) -> None:
        with pytest.raises(NotAFormError):
            read_file(body, content_type=FORM, field="a")

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "application/json",
            "image/jpeg",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=xyz",
            f"multipart/form-data; boundary={'x' * 71}",
            "multipart/form-data; boundary*0*=a%00''x",
        ],
    )
    def test_what_is_no_form_is_refused(self, content_type: str) -> None:
        with pytest.raises(NotAFormError):
            read_file(b"--xyz--", content_type=content_type, field="a")

    @given(body=st.binary(max_size=300), content_type=st.text(max_size=80))
    def test_anything_else_is_a_form_without_the_file_or_none(self, body: bytes, content_type: str) -> None:
        for sent in (content_type, f"multipart/form-data; {content_type}", f"{FORM}; {content_type}"):
            try:
                found = read_file(body, content_type=sent, field="a")
            except NotAFormError:
                continue
            assert found is None or found in body


class TestSize:
    @pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCF])
    def test_it_is_read_from_the_frame(self, marker: int) -> None:
        image = START + segment(0xE1, b"Exif" + frame(width=1, height=2)) + segment(0xDB, bytes(65))
        image += frame(width=1920, height=1440, marker=marker) + END

        assert jpeg_size(image) == PixelSize(width=1920, height=1440)

    def test_markers_may_be_filled_up(self) -> None:
        assert jpeg_size(START + b"\xff\xff" + frame(width=3, height=4)) == PixelSize(width=3, height=4)

    @pytest.mark.parametrize(
        "image",
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            START,
            START + END,
            START + segment(0xC4, bytes(20)) + END,
            START + b"\xff\xe0\x00\x00" + frame(width=1, height=1),
            START + b"\xff\x00\x00\x04" + frame(width=1, height=1),
            START + b"\x00" + frame(width=1, height=1),
            START + segment(0xE0, b"") + b"\xff\xe0\xff\xff",
            (START + frame(width=1, height=1))[:10],
            IMAGE[1:],
            b"\x00\x00" + IMAGE[2:],
        ],
    )
    def test_what_has_no_frame_is_no_image(self, image: bytes) -> None:
        assert jpeg_size(image) is None

    @given(rest=st.binary(max_size=200))
    def test_anything_is_read_to_an_end(self, rest: bytes) -> None:
        jpeg_size(START + rest)

    def test_a_large_file_of_nothing_is_given_up_at_once(self) -> None:
        assert jpeg_size(START + bytes(MAX_FORM_BYTES)) is None


class TestImage:
    def test_one_that_is_large_enough_is_taken_as_it_is(self) -> None:
        assert read_background_image(request(*form(virtual_background=IMAGE))) == IMAGE

    @pytest.mark.parametrize(("width", "height"), [(1279, 1280), (1280, 1279), (0, 0)])
    def test_one_that_is_too_small_is_refused_with_both_sizes(self, width: int, height: int) -> None:
        body, content_type = form(virtual_background=jpeg(width=width, height=height))

        assert refusal(body, content_type) == [
            (
                "virtual_background",
                f"must have at least 1280 by 1280 pixels, and has {width} by {height}",
            )
        ]

    @pytest.mark.parametrize("image", [b"\x89PNG\r\n\x1a\n", b"canary", IMAGE[:12]])
    def test_what_is_no_jpeg_is_refused(self, image: bytes) -> None:
        assert refusal(*form(virtual_background=image)) == [("virtual_background", "must be a JPEG image")]

    @pytest.mark.parametrize("files", [{}, {"background": IMAGE}, {"virtual_background": b""}])
    def test_a_form_without_an_image_is_refused(self, files: dict[str, bytes]) -> None:
        body, content_type = form(**(files or {"x": b""}))

        [(field, message)] = refusal(body, content_type)
        assert (field, message.partition(":")[0]) == ("virtual_background", "is missing")

    def test_a_compressed_form_is_named_as_one(self) -> None:
        with pytest.raises(UnsupportedContentCodingError):
            read_background_image(request(gzip.compress(b"x"), FORM, **{"content-encoding": "gzip"}))

    def test_the_largest_form_fits_and_one_byte_more_does_not(self) -> None:
        body, content_type = form(virtual_background=IMAGE)
        room = MAX_FORM_BYTES - len(body)

        largest = jpeg(width=1280, height=1280, size=len(IMAGE) + room)
        assert read_background_image(request(*form(virtual_background=largest))) == largest
        with pytest.raises(ImageTooLargeError):
            read_background_image(
                request(*form(virtual_background=jpeg(width=1280, height=1280, size=len(largest) + 1)))
            )
        assert content_type.startswith("multipart/form-data")

    def test_the_largest_form_fits_into_a_request_of_lambdas(self) -> None:
        written = len(base64.b64encode(bytes(MAX_FORM_BYTES)))
        headers_and_context = 3 * 10_240

        assert written + headers_and_context <= 6 * 1024 * 1024
