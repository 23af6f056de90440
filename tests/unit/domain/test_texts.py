"""Which texts may be an external id or a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.texts import is_external_id, is_name

LINE_CONTROLS = ["\n", "\r", "\t", "\x00", "\x7f", "\x85", "\u2028", "\u2029"]
BIDIRECTIONAL_CONTROLS = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
BLANKS = [*" \xa0\u1680\u2003\u202f\u3000"]
INVISIBLE = [*"\xad\u034f\u115f\u180e\u200b\u200c\u200d\u2060\u2800\u3164\ufe0f\ufeff\uffa0\ufff0\ufff9"]


class TestExternalIds:
    @pytest.mark.parametrize(
        "text", ["p", "a b", "joe@example.com", "é", "e\u0301", "李", "\U0001f600", "x" * 255]
    )
    def test_visible_characters_with_spaces_between_them_are_one(self, text: str) -> None:
        assert is_external_id(text)

    @pytest.mark.parametrize("character", [*LINE_CONTROLS, *BIDIRECTIONAL_CONTROLS, *INVISIBLE], ids=ascii)
    @pytest.mark.parametrize("text", ["{}", "{}a", "a{}", "a{}b"])
    def test_a_character_that_cannot_be_seen_is_refused_anywhere(self, text: str, character: str) -> None:
        assert not is_external_id(text.format(character))

    @pytest.mark.parametrize("blank", BLANKS, ids=ascii)
    @pytest.mark.parametrize("text", ["{}", "{}a", "a{}"])
    def test_a_blank_at_an_end_is_refused(self, text: str, blank: str) -> None:
        assert not is_external_id(text.format(blank))

    @pytest.mark.parametrize("text", ["", "x" * 256, "\ud800", "a\udfff"], ids=lambda text: ascii(text)[:20])
    def test_nothing_too_much_and_half_a_character_are_refused(self, text: str) -> None:
        assert not is_external_id(text)


class TestNames:
    @pytest.mark.parametrize(
        "text",
        ["J", " Joe  Smith ", "李雷", "Zoë O'Neil", "\u0645\u06cc\u200c\u062e", "\U0001f468\u200d\U0001f469"],
    )
    def test_a_line_in_which_something_is_visible_is_one(self, text: str) -> None:
        assert is_name(text, max_length=100)

    @pytest.mark.parametrize("character", [*LINE_CONTROLS, *BIDIRECTIONAL_CONTROLS], ids=ascii)
    @pytest.mark.parametrize("text", ["{}", "{}a", "a{}", "a{}b"])
    def test_controls_are_refused_anywhere(self, text: str, character: str) -> None:
        assert not is_name(text.format(character), max_length=100)

    @given(text=st.text(st.sampled_from([*BLANKS, *INVISIBLE]), max_size=20))
    def test_a_name_without_a_visible_character_is_refused(self, text: str) -> None:
        assert not is_name(text, max_length=100)

    def test_the_length_is_limited(self) -> None:
        assert is_name("x" * 100, max_length=100)
        assert not is_name("x" * 101, max_length=100)
