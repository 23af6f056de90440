"""The company's settings: read, a background chosen, a background added once."""

import pytest

from teleconsultation.domain.errors import (
    BackgroundLimitError,
    BackgroundOutcomeUnknownError,
    InvalidRequestError,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from teleconsultation.use_cases.add_background import add_background
from teleconsultation.use_cases.choose_background import choose_background
from teleconsultation.use_cases.read_settings import read_settings
from tests.fakes.effects import failing
from tests.fakes.video_company import OWN, InMemoryVideoCompany
from tests.fakes.watch import Watch

IMAGE = b"an image"
UNKNOWN = ProviderUnavailableError(provider_code="ResponseTimeoutError", outcome_unknown=True)


@pytest.fixture
def company() -> InMemoryVideoCompany:
    return InMemoryVideoCompany(clock=Watch())


def test_the_settings_are_the_company_and_its_backgrounds(company: InMemoryVideoCompany) -> None:
    background = company.add_background(IMAGE)

    settings = read_settings(company)

    assert (settings.company, settings.backgrounds) == (company.company, (background, OWN))


def test_a_background_is_chosen(company: InMemoryVideoCompany) -> None:
    background = company.add_background(IMAGE)

    chosen = choose_background(background.alias, company=company)

    assert chosen.default_background == background


def test_a_text_that_is_no_alias_never_reaches_the_provider(company: InMemoryVideoCompany) -> None:
    company.effects.before("choose_background", failing(AssertionError("the provider was asked")))

    with pytest.raises(InvalidRequestError) as error:
        choose_background("beach", company=company)

    assert [field.field for field in error.value.errors] == ["background_alias"]


def test_a_background_is_added(company: InMemoryVideoCompany) -> None:
    background = add_background(IMAGE, company=company)

    assert company.uploaded == [background]
    assert company.effects.log == ["add_background"]


def test_an_upload_whose_answer_is_lost_is_found_again_and_not_repeated(
    company: InMemoryVideoCompany,
) -> None:
    earlier = company.add_background(IMAGE)
    company.effects.after("add_background", failing(UNKNOWN))

    background = add_background(IMAGE, company=company)

    assert company.uploaded == [background, earlier]


def test_an_upload_that_never_arrived_is_unknown(company: InMemoryVideoCompany) -> None:
    company.add_background(IMAGE)
    company.effects.before("add_background", failing(UNKNOWN))

    with pytest.raises(BackgroundOutcomeUnknownError) as error:
        add_background(IMAGE, company=company)

    assert (error.value.provider_code, error.value.outcome_unknown) == ("ResponseTimeoutError", True)
    assert len(company.uploaded) == 1


def test_somebody_elses_upload_at_the_same_time_is_not_taken_for_this_one(
    company: InMemoryVideoCompany,
) -> None:
    def of_another() -> None:
        company.add_background(b"another")

    company.effects.before("add_background", of_another)
    company.effects.after("add_background", lambda: None)
    company.effects.after("add_background", failing(UNKNOWN))

    with pytest.raises(BackgroundOutcomeUnknownError):
        add_background(IMAGE, company=company)

    assert len(company.uploaded) == 2


def test_an_upload_is_unknown_if_the_list_cannot_be_read_either(company: InMemoryVideoCompany) -> None:
    company.effects.before("backgrounds", lambda: None)
    company.effects.after("add_background", failing(UNKNOWN))
    company.effects.before("backgrounds", failing(ProviderUnavailableError()))

    with pytest.raises(BackgroundOutcomeUnknownError):
        add_background(IMAGE, company=company)


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnavailableError(),
        ProviderRejectedError(provider_code="upload_error"),
        BackgroundLimitError("ten"),
    ],
)
def test_an_upload_that_certainly_failed_is_told_as_it_is(
    company: InMemoryVideoCompany, error: Exception
) -> None:
    company.effects.before("add_background", failing(error))

    with pytest.raises(type(error)) as raised:
        add_background(IMAGE, company=company)

    assert raised.value is error
    assert company.uploaded == []


def test_nothing_is_sent_before_the_list_is_known(company: InMemoryVideoCompany) -> None:
    company.effects.before("backgrounds", failing(ProviderUnavailableError()))

    with pytest.raises(ProviderUnavailableError):
        add_background(IMAGE, company=company)

    assert company.effects.log == []
