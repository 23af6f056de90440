"""A variant that answers less is no yardstick: each must answer as ours does, with as many calls."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.emulated import emulated
from benchmarks.events import Event
from benchmarks.upstreams import Upstreams
from benchmarks.variants import Key, Method, Stack, Variant


class DisagreementError(Exception):
    """A peer does something else than ours; the text says what."""


def check_agreement(
    variants: Mapping[Key, Variant], events: Mapping[Method, Event], *, upstreams: Upstreams, folder: Path
) -> Mapping[Method, Counter[str]]:
    """Compare every peer's first and second answer, and the calls behind them, with ours; give our calls.

    Raises:
        DisagreementError: one differs.
    """
    ours: dict[Method, tuple[Any, Counter[str]]] = {}
    compared = [key for key in variants if key[0] not in {Stack.BARE, Stack.BARE_AGAIN}]
    for stack, method in sorted(compared, key=lambda key: key[0] is not Stack.OURS):
        log = folder / "agreement.log"
        before = upstreams.calls()
        with emulated(variants[stack, method], log=log) as function:
            answers = [_essence(function.answer(events[method]), method=method) for _ in range(2)]
        did = answers, upstreams.calls() - before
        expected = ours.setdefault(method, did)
        if did != expected:
            raise DisagreementError(f"{method} of {stack}: {did}\nours: {expected}\n{log.read_text()}")
    return {method: calls for method, (_, calls) in ours.items()}


def _essence(answer: Any, *, method: Method) -> Any:
    """Take what must be the same: of a GET all but the time, of a POST the shape, for its ids are new."""
    body = json.loads(answer["body"])
    if method is Method.GET:
        return answer["statusCode"], body | {"serverTime": None}
    return answer["statusCode"], _shape(body)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return type(value).__name__
