"""`If-Match` in the forms of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import InvalidRequestError, PreconditionFailedError
from teleconsultation.use_cases.preconditions import IfMatch

versions = st.integers(min_value=1, max_value=10**9)
padding = st.text(alphabet=" \t", max_size=3)


@pytest.mark.parametrize("header", [None, "*", " * "], ids=repr)
def test_without_a_condition_every_version_may_be_changed(header: str | None) -> None:
    IfMatch.from_header(header).check('"7"')


@pytest.mark.parametrize(
    "header", ['"3"', ' "3" ', '"1", "3"', '"1","3"', '"3" , "9"', '"a,b", "3"', 'W/"3", "3"'], ids=repr
)
def test_the_version_named_may_be_changed(header: str) -> None:
    IfMatch.from_header(header).check('"3"')


@pytest.mark.parametrize("header", ['"2"', '"1", "2"', '""', '"33"', '"abc"', '"é"'], ids=repr)
def test_another_version_may_not(header: str) -> None:
    condition = IfMatch.from_header(header)

    with pytest.raises(PreconditionFailedError):
        condition.check('"3"')


@pytest.mark.parametrize("header", ['W/"3"', 'W/"3", W/"4"'], ids=repr)
def test_a_weak_tag_never_matches(header: str) -> None:
    condition = IfMatch.from_header(header)

    with pytest.raises(PreconditionFailedError):
        condition.check('"3"')


@pytest.mark.parametrize(
    "header",
    ["", " ", "3", "'3'", '"3', '3"', '"3" "4"', '"3";"4"', '*, "3"', 'w/"3"', '"a b"', "**"],
    ids=repr,
)
def test_what_is_no_list_of_tags_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequestError) as error:
        IfMatch.from_header(header)

    [field_error] = error.value.errors
    assert field_error.field == "If-Match"


@given(named=st.lists(versions, min_size=1, max_size=6), version=versions, pad=padding)
def test_a_list_allows_exactly_the_versions_in_it(named: list[int], version: int, pad: str) -> None:
    condition = IfMatch.from_header(f"{pad},{pad}".join(f'"{each}"' for each in named))

    for each in named:
        condition.check(f'"{each}"')
    if version not in named:
        with pytest.raises(PreconditionFailedError):
            condition.check(f'"{version}"')


@given(header=st.text())
def test_any_header_is_understood_or_refused(header: str) -> None:
    try:
        condition = IfMatch.from_header(header)
    except InvalidRequestError:
        return

    assert condition.tags is None or condition.tags
