import pytest

from deployment.template.application import Route
from local.gateway.routes import RouteMatcher


def matcher(*keys: str, stage: str = "api") -> RouteMatcher:
    routes = []
    for key in keys:
        method, _, path = key.rpartition(" ")
        route = Route(
            method=method or "ANY", path=path, function="F", authorizer=None, scopes=(), timeout_seconds=30
        )
        routes.append(route)
    return RouteMatcher(routes, stage=stage)


def found(router: RouteMatcher, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = router.match(method, path)
    return (match.route.key, dict(match.path_parameters)) if match else None


@pytest.mark.parametrize(
    ("method", "path", "match"),
    [
        ("GET", "/api/items/7", ("GET /items/{id}", {"id": "7"})),
        ("GET", "/api/items/a%20b", ("GET /items/{id}", {"id": "a b"})),
        ("GET", "/api/items/new", ("GET /items/new", {})),
        ("POST", "/api/items", ("POST /items", {})),
        ("PUT", "/api/items", ("ANY /items", {})),
        ("GET", "/api/files/a/b", ("GET /files/{path+}", {"path": "a/b"})),
        ("GET", "/api/files/one", ("GET /files/{name}", {"name": "one"})),
    ],
)
def test_the_most_specific_route_serves(method: str, path: str, match: tuple[str, dict[str, str]]) -> None:
    router = matcher(
        "GET /files/{path+}",
        "GET /files/{name}",
        "GET /items/{id}",
        "GET /items/new",
        "ANY /items",
        "POST /items",
    )

    assert found(router, method, path) == match


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/items"),
        ("GET", "/api/items/"),
        ("GET", "/api/items/7/"),
        ("GET", "/api/items//"),
        ("GET", "/api/items/7/parts"),
        ("GET", "/api/items/7%2Fparts"),
        ("DELETE", "/api/items/7"),
        ("HEAD", "/api/items/7"),
        ("GET", "/items/7"),
        ("GET", "/apis/items/7"),
        ("GET", "/api"),
        ("GET", "/API/items/7"),
        ("GET", "/api/ITEMS/7"),
    ],
)
def test_what_no_route_says_is_not_there(method: str, path: str) -> None:
    assert found(matcher("GET /items/{id}"), method, path) is None


def test_the_default_stage_is_no_part_of_the_path() -> None:
    assert found(matcher("GET /items", stage="$default"), "GET", "/items") == ("GET /items", {})


def test_the_default_route_takes_the_rest() -> None:
    router = matcher("$default", "GET /items")

    assert found(router, "GET", "/api/items") == ("GET /items", {})
    assert found(router, "POST", "/api/anything") == ("$default", {})
