"""HTTP requests whose answers may be anybody's: a proxy's, a firewall's, an older version's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from probe.failure import ProbeError, Step

# (connect, read). API Gateway ends a request after 30 s with an answer of its own.
TIMEOUT_SECONDS: Final = (5.0, 32.0)
MAX_ANSWER_BYTES: Final = 1_000_000

type Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, whoever gave it."""

    status: int
    content_type: str
    content: bytes = field(repr=False)


class Web:
    """Sends the requests of all steps over one session."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        # Neither a .netrc nor a proxy variable may decide where a token is sent.
        session.trust_env = False

    def answer(
        self,
        step: Step,
        method: str,
        url: str,
        *,
        bearer: str | None = None,
        basic: tuple[str, str] | None = None,
        json_body: Json | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request; redirects are not followed.

        Raises:
            ProbeError: there is no answer, or it is too long.
        """
        try:
            with self._session.request(
                method,
                url,
                headers={} if bearer is None else {"Authorization": f"Bearer {bearer}"},
                auth=basic,
                json=json_body,
                data=form,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            raise ProbeError(step, f"no answer: {type(error).__name__}") from error
        if len(content) > MAX_ANSWER_BYTES:
            raise ProbeError(step, "the answer is too long", status=response.status_code)
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            content=content,
        )


def json_object(step: Step, answer: Answer, *, status: int) -> Json:
    """Return the object in an answer that must have this status.

    Raises:
        ProbeError: the status is another one, or the answer is no JSON object.
    """
    require_status(step, answer, status=status)
    if answer.content_type != "application/json":
        raise ProbeError(step, "the answer is not JSON", status=answer.status)
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise ProbeError(step, "the answer is not JSON", status=answer.status) from error
    if not isinstance(body, dict):
        raise ProbeError(step, "the answer is not an object", status=answer.status)
    return body


def require_status(step: Step, answer: Answer, *, status: int) -> None:
    """Check an answer's status.

    Raises:
        ProbeError: it is another one.
    """
    if answer.status != status:
        raise ProbeError(step, "the status is wrong", status=answer.status)
