"""The probe's settings, read from the environment; template.yaml sets the variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from probe.failure import ProbeError


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """The public address, and what a visit of this deployment looks like."""

    page_url: str
    """The origin of page and API, without a slash at the end."""
    call_origins: frozenset[str]
    """The origins that the page frames: a link of another one shows no call."""
    issuer: str
    groups: tuple[str, str]
    """The groups of the two participants; the first one may organise a call."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings in the environment.

        Raises:
            ProbeError: a variable is missing or invalid.
        """
        try:
            privileges = json.loads(environment["PRIVILEGES"])
            plus, basic = (privileges[role]["groups"] for role in ("plus", "basic"))
            return cls(
                page_url=environment["PAGE_BASE_URL"],
                call_origins=frozenset(environment["FRAME_ORIGINS"].split(",")),
                issuer=environment["OIDC_ISSUER"],
                # A deployment may have no basic group.
                groups=(plus[0], (basic or plus)[0]),
            )
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise ProbeError("settings", type(error).__name__) from error
