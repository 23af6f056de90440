"""One run: book a visit that is open, open its page, enter it with a join link, delete it.

No person is in it: its two participants are made up, the link into the call is not opened, and a page would
run no script here. If a run is killed before its last step, the visit ends by itself five minutes later.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from probe.failure import ProbeError
from probe.settings import ProbeSettings
from probe.token import ManagerToken
from probe.web import Web, json_object, require_status

EXTERNAL_IDS: Final = ("probe-1", "probe-2")
DURATION_SECONDS: Final = 300
"""The shortest visit there is."""
BEGUN: Final = timedelta(minutes=1)
"""How long ago it began, so that its door is open also if the service's clock is behind."""
_API: Final = "/api/teleconsultation"
# A part of later requests' paths, so that nothing else of an answer gets there.
_ID: Final = re.compile(r"[0-9a-f]{24}")
_PAGE: Final = b"<teleconsultation-room"


@dataclass(frozen=True, kw_only=True)
class _Visit:
    id: str
    join_secret: str = field(repr=False)


class Probe:
    """Runs against one deployment; it is kept between runs and keeps the token."""

    def __init__(
        self, settings: ProbeSettings, *, web: Web, token: ManagerToken, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._web = web
        self._token = token
        self._clock = clock

    def run(self) -> list[ProbeError]:
        """Return the steps that failed, none if all worked. A booked visit is deleted in any case."""
        failures: list[ProbeError] = []
        try:
            visit = self._create()
        except ProbeError as error:
            return [error]
        for step in (self._open_page, self._join, self._delete):
            try:
                step(visit)
            except ProbeError as error:
                failures.append(error)
        return failures

    def _create(self) -> _Visit:
        answer = self._web.answer(
            "create",
            "POST",
            f"{self._settings.page_url}{_API}",
            bearer=self._token.current(),
            json_body=self._body(),
        )
        if answer.status == 401:
            self._token.forget()
        booked = json_object("create", answer, status=201)
        visit_id = booked.get("roomId")
        if not isinstance(visit_id, str) or not _ID.fullmatch(visit_id):
            raise ProbeError("create", "the answer has no roomId")
        # The secret belongs to the step of joining: the visit must be deleted also if it is missing.
        return _Visit(id=visit_id, join_secret=self._join_secret(booked, visit_id=visit_id))

    def _body(self) -> Mapping[str, Any]:
        people = [
            {"userExternalId": external_id, "groups": [group], "fullName": "Probe"}
            for external_id, group in zip(EXTERNAL_IDS, self._settings.groups, strict=True)
        ]
        return {
            "participants": {"number": len(people), "data": people},
            "start_date": (self._clock() - BEGUN).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "duration_in_seconds": DURATION_SECONDS,
        }

    def _join_secret(self, booked: Mapping[str, Any], *, visit_id: str) -> str:
        """Return the secret of the second participant's join link, or an empty text if there is none."""
        try:
            links = {one["userExternalId"]: one["joinUrl"] for one in booked["participants"]}
            page, separator, secret = links[EXTERNAL_IDS[1]].partition("#j=")
        except (KeyError, TypeError, AttributeError):
            return ""
        is_ours = page == self._page_url(visit_id) and separator and secret.isascii() and secret.isprintable()
        return secret if is_ours else ""

    def _page_url(self, visit_id: str) -> str:
        return f"{self._settings.page_url}/teleconsultation/{visit_id}"

    def _open_page(self, visit: _Visit) -> None:
        answer = self._web.answer("page", "GET", self._page_url(visit.id))
        require_status("page", answer, status=200)
        if answer.content_type != "text/html" or _PAGE not in answer.content:
            raise ProbeError("page", "it is another page", status=answer.status)

    def _join(self, visit: _Visit) -> None:
        if not visit.join_secret:
            raise ProbeError("join", "the booking has no join link of this page")
        url = f"{self._settings.page_url}{_API}/{visit.id}/join"
        call = json_object("join", self._web.answer("join", "GET", url, bearer=visit.join_secret), status=200)
        if call.get("roomId") != visit.id:
            raise ProbeError("join", "the answer is of another visit", status=200)
        if call.get("state") != "OPEN":
            raise ProbeError("join", "the door is not open", status=200)
        if _origin(call.get("accessLinkURL")) not in self._settings.call_origins:
            raise ProbeError("join", "the link is not of an origin in FrameOrigins", status=200)

    def _delete(self, visit: _Visit) -> None:
        url = f"{self._settings.page_url}{_API}/{visit.id}"
        answer = self._web.answer("delete", "DELETE", url, bearer=self._token.current())
        require_status("delete", answer, status=204)


def _origin(link: object) -> str | None:
    try:
        parts = urlsplit(link) if isinstance(link, str) else None
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts else None
