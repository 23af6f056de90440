"""The company behind the API key.

https://docs.bandyer.com/Bandyer-RESTAPI/ (company)
"""

from dataclasses import replace
from urllib.parse import urlsplit

from local.bandyer_simulator.api.backgrounds import described, is_background
from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_value

# The languages of users and company; the link's `language` parameter has another list (with `es`).
LANGUAGES = ("en", "it", "de", "fr", "pl")
MAX_REDIRECT_TIMEOUT_MS = 60_000
_NAME_PUNCTUATION = frozenset(" #&@'.,?!")


def get_company(call: Call) -> Json:
    """Return name, language, logos, background and redirect of the company."""
    base = call.state.public_url()
    background = described(call.state.company.default_background, call=call)
    return {
        "company": {
            "name": call.state.company.name,
            "default_language": call.state.company.default_language,
            "logos": {
                "light_url": base + call.state.company.logo_path("light"),
                "dark_url": base + call.state.company.logo_path("dark"),
            },
            # Sic: `alias` here and `background_alias` in the answer to an update.
            "default_background": {"alias": background.pop("background_alias"), **background},
            **_redirect_and_provider(call),
        }
    }


def update_company(call: Call) -> Json:
    """Change the fields that were sent; a null redirect URL disables the redirect."""
    changes: Json = {}
    fields = call.fields
    if "name" in fields:
        changes["name"] = _name(fields["name"])
    if "default_language" in fields:
        if fields["default_language"] not in LANGUAGES:
            raise invalid_value(
                "invalid_language", message=f"default_language: one of {', '.join(LANGUAGES)}"
            )
        changes["default_language"] = fields["default_language"]
    if "background_alias" in fields:
        if not is_background(fields["background_alias"], call=call):
            raise invalid_value("invalid_background_alias", message="background_alias is not known")
        changes["background_alias"] = fields["background_alias"]
    for field in ("end_call_redirect_url", "user_details_provider_url"):
        if field in fields:
            changes[field] = _web_address(fields[field], field=field)
    if "end_call_redirect_timeout_ms" in fields:
        delay = fields["end_call_redirect_timeout_ms"]
        if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= MAX_REDIRECT_TIMEOUT_MS:
            raise invalid_value(
                "invalid_end_call_redirect_timeout_ms", message=f"0 to {MAX_REDIRECT_TIMEOUT_MS} milliseconds"
            )
        changes["end_call_redirect_timeout_ms"] = delay
    call.state.company = replace(call.state.company, **changes)
    return {
        "company": {
            "name": call.state.company.name,
            "default_language": call.state.company.default_language,
            "default_background": described(call.state.company.default_background, call=call),
            **_redirect_and_provider(call),
        }
    }


def _redirect_and_provider(call: Call) -> Json:
    company = call.state.company
    return {
        "end_call_redirect_url": company.end_call_redirect_url,
        "end_call_redirect_timeout_ms": company.end_call_redirect_timeout_ms,
        "user_details_provider_url": company.user_details_provider_url,
    }


def _name(value: object) -> str:
    if (
        not isinstance(value, str)
        or not value.strip()
        or not all(c.isalnum() or c in _NAME_PUNCTUATION for c in value)
    ):
        raise invalid_value("invalid_company_name", message="name: alphanumerics and # & @ ' . , ? !")
    return value


def _web_address(value: object, *, field: str) -> str | None:
    # Choice: null also clears the details provider; the vendor documents it for the redirect only.
    if value is None:
        return None
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        # Only http(s): the call page navigates to the redirect, and `javascript:` must not run there.
        valid = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise invalid_value(f"invalid_{field}", message=f"{field} is not a valid URL")
    return str(value)


ENDPOINTS = (
    Endpoint("GET", "/company", get_company),
    Endpoint("POST", "/company/update", update_company),
)
