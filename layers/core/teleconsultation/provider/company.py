"""The port of the provider's company over the REST client of Bandyer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import bandyer
from bandyer import BandyerClient
from teleconsultation.domain.company import Background, Company
from teleconsultation.domain.errors import (
    BackgroundLimitError,
    FieldError,
    InvalidRequestError,
    ProviderRejectedError,
)
from teleconsultation.provider.failures import translated_errors

_LIMIT: Final = "exceeded_background_limit"
_UNKNOWN_ALIAS: Final = "invalid_background_alias"
_REFUSED_IMAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "invalid_file": "is no JPEG image that the video provider takes",
        "wrong_file_dimension": "is too small for the video provider",
        "error_processing_image": "is an image that the video provider cannot read",
    }
)


class BandyerCompany:
    """The port `ports.VideoCompany` over the Bandyer client."""

    def __init__(self, client: BandyerClient) -> None:
        self._client = client

    def settings(self) -> Company:
        """As `VideoCompany.settings`."""
        with translated_errors():
            return _company(self._client.company())

    def backgrounds(self) -> tuple[Background, ...]:
        """As `VideoCompany.backgrounds`."""
        with translated_errors():
            found = self._client.backgrounds()
        # The default one may be the provider's own, which was never uploaded.
        listed = {background.alias for background in found.uploaded}
        own = () if found.default is None or found.default.alias in listed else (found.default,)
        return tuple(map(_background, (*found.uploaded, *own)))

    def choose_background(self, alias: str) -> Company:
        """As `VideoCompany.choose_background`."""
        try:
            with translated_errors():
                return _company(self._client.update_company(background_alias=alias))
        except ProviderRejectedError as error:
            if error.provider_code == _UNKNOWN_ALIAS:
                message = "is no longer a background of the company"
                raise InvalidRequestError([FieldError("background_alias", message)]) from error
            raise

    def add_background(self, image: bytes) -> Background:
        """As `VideoCompany.add_background`."""
        try:
            with translated_errors():
                return _background(self._client.upload_background(image))
        except ProviderRejectedError as error:
            if error.provider_code == _LIMIT:
                raise BackgroundLimitError("no background can be added") from error
            if message := _REFUSED_IMAGES.get(error.provider_code or ""):
                raise InvalidRequestError([FieldError("virtual_background", message)]) from error
            raise


def _company(company: bandyer.Company) -> Company:
    background = company.default_background
    return Company(
        name=company.name,
        default_language=company.default_language,
        default_background=None if background is None else _background(background),
        end_call_redirect_url=company.end_call_redirect_url,
        end_call_redirect_timeout_milliseconds=company.end_call_redirect_timeout_milliseconds,
        user_details_provider_url=company.user_details_provider_url,
    )


def _background(background: bandyer.Background) -> Background:
    return Background(alias=background.alias, url=background.url, created_at=background.created_at)
