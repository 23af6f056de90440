"""The provider is asked at a steady rate, and left alone when it says so."""

from collections.abc import Iterable

import pytest
import requests
from requests.adapters import BaseAdapter

from migration.pace import DEFAULT_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSES, PacedAdapter


class _Answers(BaseAdapter):
    """Answers with these statuses, one after the other."""

    def __init__(self, statuses: Iterable[int], *, retry_after: str | None = None) -> None:
        super().__init__()
        self._statuses = iter(statuses)
        self._retry_after = retry_after
        self.sent = 0

    def send(self, *_args: object, **_options: object) -> requests.Response:
        self.sent += 1
        response = requests.Response()
        response.status_code = next(self._statuses)
        if self._retry_after is not None:
            response.headers["Retry-After"] = self._retry_after
        return response

    def close(self) -> None:
        pass


class _Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def _paced(answers: _Answers, time: _Time) -> PacedAdapter:
    return PacedAdapter(answers, per_second=4, sleep=time.sleep, monotonic=lambda: time.now)


def test_requests_come_at_a_steady_rate() -> None:
    time = _Time()
    paced = _paced(_Answers([200] * 3), time)

    for _ in range(3):
        paced.send()

    assert time.slept == [0.25, 0.25]


def test_who_comes_late_does_not_wait() -> None:
    time = _Time()
    paced = _paced(_Answers([200] * 2), time)
    paced.send()
    time.now = 10

    paced.send()

    assert time.slept == []


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7),
        (None, DEFAULT_PAUSE_SECONDS),
        ("soon", DEFAULT_PAUSE_SECONDS),
        ("-1", DEFAULT_PAUSE_SECONDS),
        ("99999", LONGEST_PAUSE_SECONDS),
    ],
)
def test_a_refusal_is_waited_out(retry_after: str | None, pause: float) -> None:
    time = _Time()

    response = _paced(_Answers([429, 200], retry_after=retry_after), time).send()

    assert response.status_code == 200
    assert time.slept == [pause]


def test_a_refusal_that_never_ends_is_passed_on() -> None:
    time, answers = _Time(), _Answers([429] * 99, retry_after="1")

    response = _paced(answers, time).send()

    assert (response.status_code, answers.sent) == (429, PAUSES)


@pytest.mark.parametrize("status", [200, 400, 503])
def test_every_other_answer_is_passed_on(status: int) -> None:
    answers = _Answers([status])

    assert (_paced(answers, _Time()).send().status_code, answers.sent) == (status, 1)
