"""The provider client's errors as the domain's."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bandyer import BandyerError, RejectedError, UnavailableError
from teleconsultation.domain.errors import ProviderRejectedError, ProviderUnavailableError

_PROVIDER_CODE = re.compile(r"[a-z_]{1,64}", re.ASCII)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise the domain's errors in place of those of the provider's client."""
    try:
        yield
    except RejectedError as error:
        raise ProviderRejectedError(provider_code=_code(error)) from error
    except UnavailableError as error:
        raise ProviderUnavailableError(
            provider_code=_code(error),
            outcome_unknown=error.outcome_unknown,
            retry_after_seconds=None
            if error.retry_after_seconds is None
            else math.ceil(error.retry_after_seconds),
        ) from error


def _code(error: BandyerError) -> str:
    """Return the vendor's code if it has the format of a code, else the error's class name; it is logged."""
    if error.code is not None and _PROVIDER_CODE.fullmatch(error.code):
        return error.code
    return type(error).__name__
