"""Which scopes API Gateway hears; who else may knock at all is in the authorization matrix."""

import pytest

from local.issuer import MANAGE_SCOPE
from tests.integration.api.client import MANAGER, ApiClient, World, visit

BAD_SCOPES = [
    pytest.param("", id="none"),
    pytest.param("teleconsultation", id="half of it"),
    pytest.param("teleconsultation/manager", id="more than it"),
    pytest.param("openid profile", id="others"),
]


def _send_all(api: ApiClient, *, token: str | None) -> list[tuple[int, object]]:
    visit_id = "0123456789abcdef01234567"
    routes = [("POST", ""), *((method, f"/{visit_id}") for method in ("GET", "PATCH", "DELETE"))]
    answers = [api.request(method, f"/teleconsultation{path}", token=token) for method, path in routes]
    return [(answer.status, answer.body) for answer in answers]


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_without_the_scope_management_is_forbidden(api: ApiClient, world: World, scope: str) -> None:
    token = api.token(MANAGER, claims={"scope": scope})

    with world.unchanged():
        post, get, patch, delete = _send_all(api, token=token)

    assert [post, patch, delete] == [(403, {"message": "Forbidden"})] * 3
    assert get[0] == 404


@pytest.mark.parametrize(
    "claims",
    [{"scope": f"openid {MANAGE_SCOPE}"}, {"scp": MANAGE_SCOPE}, {"scp": ["openid", MANAGE_SCOPE]}],
    ids=["scope among others", "scp as text", "scp as list"],
)
def test_the_scope_counts_in_each_claim_the_gateway_reads(api: ApiClient, claims: dict[str, object]) -> None:
    answer = api.send("POST", "/teleconsultation", visit(), token=api.token(MANAGER, claims=claims))

    assert answer.status == 201
