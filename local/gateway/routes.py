"""Find the route of a request by API Gateway's rules of precedence.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from deployment.template.application import Route

_LITERAL: Final = 0
_VARIABLE: Final = 1
_GREEDY: Final = 2


@dataclass(frozen=True)
class RouteMatch:
    """The route of a request, and the values of its path variables."""

    route: Route
    path_parameters: Mapping[str, str]


class RouteMatcher:
    """Chooses the most specific route; a stage that is not `$default` is the path's first segment."""

    def __init__(self, routes: Sequence[Route], *, stage: str) -> None:
        self._prefix = "" if stage == "$default" else f"/{stage}"
        self._routes = sorted(routes, key=_precedence)

    def match(self, method: str, path: str) -> RouteMatch | None:
        """Return the route for a method and a percent-encoded path, or None.

        The path is decoded before it is split, as in API Gateway: an encoded slash separates segments.
        """
        decoded = unquote(path)
        if self._prefix and decoded != self._prefix and not decoded.startswith(f"{self._prefix}/"):
            return None
        segments = decoded[len(self._prefix) :].split("/")[1:]
        for route in self._routes:
            if route.path == "$default":
                return RouteMatch(route=route, path_parameters={})
            if route.method not in ("ANY", method):
                continue
            captured = _capture(route.path.split("/")[1:], segments)
            if captured is not None:
                return RouteMatch(route=route, path_parameters=captured)
        return None


def _kind(segment: str) -> int:
    if not (segment.startswith("{") and segment.endswith("}")):
        return _LITERAL
    return _GREEDY if segment.endswith("+}") else _VARIABLE


def _precedence(route: Route) -> tuple[bool, list[int], bool]:
    kinds = [_kind(segment) for segment in route.path.split("/")[1:]]
    return (route.path == "$default", kinds, route.method == "ANY")


def _capture(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    captured: dict[str, str] = {}
    for index, expected in enumerate(pattern):
        kind = _kind(expected)
        if kind == _GREEDY:
            rest = "/".join(segments[index:])
            return {**captured, expected[1:-2]: rest} if rest else None
        if index >= len(segments):
            return None
        if kind == _VARIABLE and segments[index]:
            captured[expected[1:-1]] = segments[index]
        elif kind == _VARIABLE or segments[index] != expected:
            return None
    return captured if len(pattern) == len(segments) else None
