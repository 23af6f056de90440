"""The one refusal of the control routes."""


class InvalidControlError(Exception):
    """A control request cannot be used; the message says why, and is the answer."""
