"""The provider's errors: HTTP status, name, code and message."""

from typing import Any


class ProviderError(Exception):
    """An error of the provider, documented or chosen, which becomes a JSON body.

    The vendor documents status, name and code of each error, but no error body.
    Choice: all four in one flat object, as the later v2 API seems to do with `status` and `code`.
    https://docs.bandyer.com/Bandyer-RESTAPI/
    """

    def __init__(self, status: int, *, name: str, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.name = name
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        return {"status": self.status, "name": self.name, "code": self.code, "message": self.message}


def invalid_request(code: str, *, message: str, status: int = 400) -> ProviderError:
    """Return the error for an unknown id, a taken id, or a body that is not JSON."""
    return ProviderError(status, name="invalid_request_error", code=code, message=message)


def invalid_value(code: str, *, message: str) -> ProviderError:
    """Return the error for an invalid field: 422 `validation_error`."""
    return ProviderError(422, name="validation_error", code=code, message=message)


def invalid_api_key() -> ProviderError:
    """Return 401: each endpoint's table says so, although the vendor's general table says 400."""
    return ProviderError(401, name="invalid_api_key", code="invalid_api_key", message="Apikey is not valid")


def unknown_room() -> ProviderError:
    """Return the error for a room that does not exist. Choice: the vendor documents none; an unknown user is
    400.
    """
    return invalid_request("invalid_room_id", message="Invalid room, please check if the room exists")


def unknown_user() -> ProviderError:
    """Return the vendor's error for an unknown user, which is 400, not 404."""
    return invalid_request("invalid_user_id", message="Invalid user, please check if the user exists")
