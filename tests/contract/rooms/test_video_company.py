"""The port of the provider's company: the fake and Bandyer's client on the simulator."""

from datetime import UTC, datetime
from typing import Any

import pytest

from teleconsultation.domain.errors import (
    BackgroundLimitError,
    InvalidRequestError,
    ProviderRejectedError,
    ProviderUnavailableError,
)
from teleconsultation.domain.ports import VideoCompany
from teleconsultation.provider.company import BandyerCompany
from teleconsultation.use_cases.add_background import add_background
from tests.contract.rooms.simulator import Simulator
from tests.fakes.jpeg import jpeg

IMAGE = jpeg(width=1280, height=1280)
UPLOAD = "/company/virtual-background"


def test_a_company_without_a_choice_has_a_background_of_the_providers(company: VideoCompany) -> None:
    assert company.backgrounds() == (company.settings().default_background,)


def test_backgrounds_are_listed_newest_first(company: VideoCompany) -> None:
    own = company.settings().default_background
    first, second = company.add_background(IMAGE), company.add_background(IMAGE)

    assert first.alias != second.alias
    assert None not in (first.url, first.created_at)
    assert company.backgrounds() == (second, first, own)
    assert company.settings().default_background == own


def test_the_background_that_was_chosen_is_the_default_one(company: VideoCompany) -> None:
    background = company.add_background(IMAGE)

    chosen = company.choose_background(background.alias)

    assert chosen == company.settings()
    assert chosen.default_background == background
    assert company.backgrounds() == (background,)
    assert company.choose_background(background.alias) == chosen


def test_what_is_no_background_cannot_be_chosen(company: VideoCompany) -> None:
    before = company.settings()

    with pytest.raises(InvalidRequestError) as error:
        company.choose_background("beach")

    assert [field.field for field in error.value.errors] == ["background_alias"]
    assert company.settings() == before


def test_a_company_has_ten_backgrounds_at_most(company: VideoCompany) -> None:
    for _ in range(10):
        company.add_background(IMAGE)

    with pytest.raises(BackgroundLimitError):
        company.add_background(IMAGE)

    assert len(company.backgrounds()) == 11, "ten, and the provider's own"


def test_what_is_no_image_is_refused(company: VideoCompany) -> None:
    with pytest.raises(InvalidRequestError) as error:
        company.add_background(b"")

    assert [field.field for field in error.value.errors] == ["virtual_background"]


# What only the real one can show.


def test_an_image_that_is_too_small_for_the_provider_is_a_field_error(
    bandyer_company: BandyerCompany,
) -> None:
    with pytest.raises(InvalidRequestError) as error:
        bandyer_company.add_background(jpeg(width=1280, height=1279))

    assert [field.field for field in error.value.errors] == ["virtual_background"]


@pytest.mark.parametrize(
    ("fault", "error"), [("status:400", ProviderRejectedError), ("status:503", ProviderUnavailableError)]
)
def test_other_failures_are_the_providers(
    bandyer_company: BandyerCompany, simulator: Simulator, fault: str, error: type[Exception]
) -> None:
    for method, path in (("POST", UPLOAD), ("POST", "/company/update"), ("GET", "/company")):
        simulator.fail(method, path, fault=fault, times=9)

    for request in (
        lambda: bandyer_company.add_background(IMAGE),
        lambda: bandyer_company.choose_background("simulator"),
        bandyer_company.settings,
        bandyer_company.backgrounds,
    ):
        with pytest.raises(error):
            request()


@pytest.mark.parametrize("fault", ["reset_after_commit", "malformed_body"])
def test_an_upload_whose_answer_is_lost_adds_one_background(
    bandyer_company: BandyerCompany, simulator: Simulator, fault: str
) -> None:
    bandyer_company.add_background(IMAGE)
    simulator.fail("POST", UPLOAD, fault=fault)

    background = add_background(IMAGE, company=bandyer_company)

    newest, _, own = bandyer_company.backgrounds()
    assert background == newest
    assert own.alias == "simulator"


def test_a_date_of_the_providers_is_in_utc(bandyer_company: BandyerCompany) -> None:
    background = bandyer_company.settings().default_background
    expected: Any = datetime(2020, 12, 23, 15, 14, 16, tzinfo=UTC)

    assert background is not None
    assert background.created_at == expected
