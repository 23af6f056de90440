"""Tests of `teleconsultation.domain.language`."""

import pytest

from teleconsultation.domain.language import language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("it", "it"),
        ("it_IT", "it-IT"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", None),
        ("i", None),
        ("it-", None),
        ("it IT", None),
        ("it\n", None),
        ("it" + "-12345678" * 3 + "-12345", "it" + "-12345678" * 3 + "-12345"),
        ("it" + "-12345678" * 3 + "-123456", None),
    ],
)
def test_a_language_tag_has_hyphens(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag
