"""`If-Match` and `If-None-Match` in the forms of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import InvalidRequestError, PreconditionFailedError
from teleconsultation.use_cases.preconditions import MAX_LENGTH, Preconditions

versions = st.integers(min_value=1, max_value=10**9)
padding = st.text(alphabet=" \t", max_size=3)


def if_match(header: str | None) -> Preconditions:
    return Preconditions.from_headers(if_match=header, if_none_match=None)


def if_none_match(header: str) -> Preconditions:
    return Preconditions.from_headers(if_match=None, if_none_match=header)


@pytest.mark.parametrize("header", [None, "*", " * "], ids=repr)
def test_without_a_condition_every_version_may_be_changed(header: str | None) -> None:
    if_match(header).check('"7"')


@pytest.mark.parametrize(
    "header",
    [
        '"3"',
        ' "3" ',
        '"1", "3"',
        '"1","3"',
        '"3" , "9"',
        '"a,b", "3"',
        'W/"3", "3"',
        ',"3"',
        '"3",',
        '"1",, ,"3"',
    ],
    ids=repr,
)
def test_the_version_named_may_be_changed(header: str) -> None:
    if_match(header).check('"3"')


@pytest.mark.parametrize("header", ['"2"', '"1", "2"', '""', '"33"', '"abc"', '"é"'], ids=repr)
def test_another_version_may_not(header: str) -> None:
    condition = if_match(header)

    with pytest.raises(PreconditionFailedError):
        condition.check('"3"')


@pytest.mark.parametrize("header", ['W/"3"', 'W/"3", W/"4"'], ids=repr)
def test_a_weak_tag_never_matches(header: str) -> None:
    condition = if_match(header)

    with pytest.raises(PreconditionFailedError):
        condition.check('"3"')


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "3",
        "'3'",
        '"3',
        '3"',
        '"3" "4"',
        '"3";"4"',
        '*, "3"',
        'w/"3"',
        '"a b"',
        "**",
        ",",
        ", ,",
        "*,",
        '"3"\n',
        '"' + "x" * MAX_LENGTH + '"',
    ],
    ids=lambda header: repr(header)[:20],
)
def test_what_is_no_list_of_tags_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        if_match(header)

    [field_error] = error.value.errors
    assert field_error.field == "If-Match"


@given(named=st.lists(versions, min_size=1, max_size=6), version=versions, pad=padding)
def test_a_list_allows_exactly_the_versions_in_it(named: list[int], version: int, pad: str) -> None:
    condition = if_match(f"{pad},{pad}".join(f'"{each}"' for each in named))

    for each in named:
        condition.check(f'"{each}"')
    if version not in named:
        with pytest.raises(PreconditionFailedError):
            condition.check(f'"{version}"')


@given(header=st.text())
def test_any_header_is_understood_or_refused(header: str) -> None:
    try:
        condition = if_match(header)
    except InvalidRequestError:
        return

    assert condition.allowed


@pytest.mark.parametrize("header", ["*", '"3"', '"2", "3"', 'W/"3"', ',"3"'])
def test_a_version_that_must_not_be_there_may_not_be_changed(header: str) -> None:
    condition = if_none_match(header)

    with pytest.raises(PreconditionFailedError):
        condition.check('"3"')


@pytest.mark.parametrize("header", ['"2"', 'W/"2", "4"'])
def test_another_version_that_must_not_be_there_is_no_hindrance(header: str) -> None:
    if_none_match(header).check('"3"')


@pytest.mark.parametrize("header", ["", "3", "**"])
def test_what_is_no_list_of_tags_is_refused_in_either_header(header: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        if_none_match(header)

    [field_error] = error.value.errors
    assert field_error.field == "If-None-Match"
