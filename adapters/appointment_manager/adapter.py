"""What the adapter does with one request, without sockets."""

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from adapters.appointment_manager.client_token import ClientToken, TokenError
from adapters.appointment_manager.upstream import (
    Answer,
    Headers,
    NoAnswerError,
    NotReachedError,
    Send,
    passed_on,
)

NOT_FOR_THE_SERVICE: Final = frozenset({"authorization", "content-length", "cookie", "host"})
"""The connection's own, and secrets of the platform: its session is none of the service's business, and API
Gateway refuses headers of more than 10 KB.
"""
NOT_FOR_THE_CALLER: Final = frozenset({"content-length"})
RETRY_SECONDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of the Appointment Manager; path and query are percent-encoded."""

    method: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


class Adapter:
    """Passes requests to the service with a token, and its answers back unchanged."""

    def __init__(self, *, base_url: str, token: ClientToken, send: Send) -> None:
        self._base_url = base_url
        self._token = token
        self._send = send

    def answer(self, request: Request) -> Answer:
        """Return the service's answer, or ours if it gives none; never raises for a failure outside."""
        if not _stays_below(request.path):
            return problem(400, "Bad Request", "The path must not lead upwards.")
        try:
            token = self._token.current()
            answer = self._pass(request, token=token)
            if _refuses_the_token(answer):
                # API Gateway refused it before anything was done, so that the request can be sent again.
                self._token.refuse(token)
                answer = self._pass(request, token=self._token.current())
        except TokenError as error:
            return problem(
                503, "Service Unavailable", f"The adapter has no token: {error}.", retry_seconds=RETRY_SECONDS
            )
        except NotReachedError:
            return problem(
                503,
                "Service Unavailable",
                "The teleconsultation service cannot be reached. Repeat the request later.",
                retry_seconds=RETRY_SECONDS,
            )
        except NoAnswerError:
            return problem(
                504,
                "Gateway Timeout",
                "The teleconsultation service did not answer; the request may have been carried out.",
            )
        return Answer(
            status=answer.status,
            headers=passed_on(answer.headers, without=NOT_FOR_THE_CALLER),
            body=answer.body,
        )

    def _pass(self, request: Request, *, token: str) -> Answer:
        query = f"?{request.query}" if request.query else ""
        return self._send(
            request.method,
            f"{self._base_url}{request.path}{query}",
            headers=(
                *passed_on(request.headers, without=NOT_FOR_THE_SERVICE),
                ("authorization", f"Bearer {token}"),
            ),
            body=request.body,
        )


def problem(status: int, error: str, message: str, *, retry_seconds: int | None = None) -> Answer:
    """Return an answer of the adapter itself, in the form of the original's errors."""
    headers = [("content-type", "application/json")]
    if retry_seconds is not None:
        headers.append(("retry-after", str(retry_seconds)))
    body = {"statusCode": status, "error": error, "message": message}
    return Answer(status=status, headers=tuple(headers), body=json.dumps(body).encode())


def _stays_below(path: str) -> bool:
    """Return whether a path stays below the original's address, whoever removes its dots."""
    steps = unquote(unquote(path)).replace("\\", "/").split("/")
    return path.startswith("/") and not {".", ".."} & set(steps)


def _refuses_the_token(answer: Answer) -> bool:
    """Return whether API Gateway refused the token; the service's own 401 says who may not read a visit."""
    return answer.status == 401 and b'"statusCode"' not in answer.body
