"""Use case: choose the virtual background that all calls of the company use."""

from teleconsultation.domain.company import Company
from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.domain.ports import VideoCompany


def choose_background(alias: str, *, company: VideoCompany) -> Company:
    """Make a background the default one, and return the company's settings; safe to repeat.

    The alias is looked up first, so that no other text of a caller's reaches the provider.

    Raises:
        InvalidRequestError: the company has no such background.
        ProviderError: the provider did not carry it out, or did not say whether it has.
    """
    if all(background.alias != alias for background in company.backgrounds()):
        raise InvalidRequestError(
            [FieldError("background_alias", "is none of the company's backgrounds; GET /settings lists them")]
        )
    return company.choose_background(alias)
