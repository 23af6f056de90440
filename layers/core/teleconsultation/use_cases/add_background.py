"""Use case: add a virtual background to the company."""

from contextlib import suppress

from teleconsultation.domain.company import Background
from teleconsultation.domain.errors import BackgroundOutcomeUnknownError, ProviderError
from teleconsultation.domain.ports import VideoCompany


def add_background(image: bytes, *, company: VideoCompany) -> Background:
    """Upload a background, and return it. It is sent once.

    The provider takes no key by which it could know a repetition. If it does not say whether it has the
    image, the backgrounds before and after are compared: a single new one is this one.

    Raises:
        InvalidRequestError, BackgroundLimitError: as `VideoCompany.add_background`.
        BackgroundOutcomeUnknownError: the image was sent, and no single new background is there, yet.
        ProviderError: nothing was added.
    """
    known = {background.alias for background in company.backgrounds()}
    try:
        return company.add_background(image)
    except ProviderError as error:
        if not error.outcome_unknown:
            raise
        with suppress(ProviderError):
            news = [background for background in company.backgrounds() if background.alias not in known]
            if len(news) == 1:
                return news[0]
        raise BackgroundOutcomeUnknownError(
            provider_code=error.provider_code, outcome_unknown=True
        ) from error
