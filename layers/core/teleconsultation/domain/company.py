"""The provider's company: what all its calls have in common."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Background:
    """A virtual background that was uploaded; anybody who knows its address can open it."""

    alias: str
    """The provider's name of it."""
    url: str | None
    created_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """The settings of the company behind the API key."""

    name: str | None
    default_language: str | None
    default_background: Background | None
    """The one that calls use."""
    end_call_redirect_url: str | None
    """Where the provider's call page leads after a call."""
    end_call_redirect_timeout_milliseconds: int | None
    user_details_provider_url: str | None
