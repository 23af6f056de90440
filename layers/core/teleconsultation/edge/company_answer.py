"""The answers of the routes below `/settings`, under the original's names."""

from typing import Any

from teleconsultation.domain.company import Background, Company
from teleconsultation.domain.timestamps import to_optional_text


def company_answer(company: Company) -> dict[str, Any]:
    """Return the company's settings; the background's alias has another name here than elsewhere."""
    background = company.default_background
    return {
        "name": company.name,
        "default_language": company.default_language,
        "default_background": None
        if background is None
        else {
            "alias": background.alias,
            "url": background.url,
            "creation_date": to_optional_text(background.created_at),
        },
        "end_call_redirect_url": company.end_call_redirect_url,
        "user_details_provider_url": company.user_details_provider_url,
        "end_call_redirect_timeout_ms": company.end_call_redirect_timeout_milliseconds,
    }


def background_answer(background: Background) -> dict[str, Any]:
    """Return a background that was uploaded."""
    return {
        "background_alias": background.alias,
        "url": background.url,
        "creation_date": to_optional_text(background.created_at),
    }
