"""Refusals in the provider's words: HTTP status, name, code and message."""

from typing import Any


class ProviderError(Exception):
    """One documented (or chosen) refusal of the provider, which becomes a JSON error body.

    The vendor documents status, name and code of each error, and shows no error body anywhere.
    Choice: the four as a flat object, as the later v2 API seems to do with `status` and `code`.
    https://docs.bandyer.com/Bandyer-RESTAPI/
    """

    def __init__(self, status: int, *, name: str, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.name = name
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The JSON object that goes over the wire."""
        return {"status": self.status, "name": self.name, "code": self.code, "message": self.message}


def invalid_request(code: str, *, message: str, status: int = 400) -> ProviderError:
    """The request cannot be served as it stands: an unknown id, a taken id, a body that is not JSON."""
    return ProviderError(status, name="invalid_request_error", code=code, message=message)


def invalid_value(code: str, *, message: str) -> ProviderError:
    """A field has a value that the provider does not take: always 422 `validation_error`."""
    return ProviderError(422, name="validation_error", code=code, message=message)


def invalid_api_key() -> ProviderError:
    """The general table of the vendor says 400, every endpoint's own table says 401: the endpoints win."""
    return ProviderError(401, name="invalid_api_key", code="invalid_api_key", message="Apikey is not valid")


def unknown_user() -> ProviderError:
    """The vendor answers 400, not 404, for a user it does not know."""
    return invalid_request("invalid_user_id", message="Invalid user, please check if the user exists")
