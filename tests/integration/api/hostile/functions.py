"""The functions over the product in memory: each event is sent to the one its route names, and judged."""

import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from datetime import timedelta
from typing import Any, Final

import pytest

from deployment.template.application import Application
from local.gateway.answer import build_response
from local.gateway.exchange import Response
from local.gateway.invoker import InProcessInvoker
from teleconsultation import bootstrap
from teleconsultation.settings import Settings
from tests.fakes.lambda_output import powertools_stream
from tests.fakes.service import Service
from tests.fakes.video_rooms import InMemoryVideoRooms
from tests.integration.api.contract import Contract
from tests.integration.api.hostile.tally import Tally
from tests.integration.api.hostile.values import CANARIES

TIMEOUT_SECONDS: Final = 20.0


class SigningKeys:
    """The provider's key, which does not change."""

    def known(self) -> tuple[str, ...]:
        return (SIGNING_KEY,)

    def renewed(self) -> tuple[str, ...]:
        return ()


SIGNING_KEY: Final = "ak_hostile"
SIGNING_KEYS: Final = SigningKeys()


class Functions:
    """Whatever is sent: no 5xx, nothing but documented answers, no effect of a refusal, nothing repeated."""

    def __init__(
        self, application: Application, *, contract: Contract, tally: Tally, patch: pytest.MonkeyPatch
    ) -> None:
        self._functions = {
            route.key: application.functions[route.function] for route in application.api.routes
        }
        self._invoker = InProcessInvoker()
        self.contract = contract
        self._tally = tally
        self._patch = patch

    def deploy(self) -> Service:
        """Start over with an empty table and a provider that knows nobody."""
        service = Service()
        self._patch_providers(
            settings=lambda: Settings(
                table_name="teleconsultations",
                user_id_claim="sub",
                door=service.policy.door,
                join_links=True,
                retention=timedelta(days=30),
            ),
            teleconsultations=lambda *, remaining_seconds: service.teleconsultations,
            calls=lambda *, remaining_seconds: service.calls,
            erasures=lambda *, remaining_seconds: service.erasures,
            erasure_id=service.erasure_id,
            signing_keys=lambda: SIGNING_KEYS,
            readable_teleconsultations=lambda: service.teleconsultations,
            video_rooms=lambda *, remaining_seconds, attempts: _running(service.rooms, remaining_seconds),
            video_company=lambda *, remaining_seconds: service.company,
            join_secrets=lambda: service.join_secrets,
            policy=lambda: service.policy,
            deletes_uploads=lambda: True,
            privileges=lambda: service.policy.privileges,
            clock=service.clock,
        )
        return service

    def send(self, event: Mapping[str, Any], *, service: Service, kind: str) -> Response:
        """Send one event, and hold all that comes of it against what was promised."""
        service.effects.forget()
        # Powertools' logger keeps the stream of its creation.
        with redirect_stdout(io.StringIO()) as printed, powertools_stream(printed):
            result = self._invoker(
                self._functions[event["routeKey"]],
                event=event,
                request_id="hostile",
                timeout_seconds=TIMEOUT_SECONDS,
            )
        response = build_response(result)
        written = printed.getvalue()
        self._tally.add(kind, status=response.status)

        assert response.status < 500, written
        check_answer(response, route=event["routeKey"], contract=self.contract)
        check_silence(written)
        if response.status >= 400:
            assert service.effects.log == [], f"{response.status}, and yet it did something"
        return response

    def _patch_providers(self, **providers: Callable[..., object]) -> None:
        for name, provider in providers.items():
            self._patch.setattr(bootstrap, name, provider)


def _running(rooms: InMemoryVideoRooms, remaining_seconds: Callable[[], float]) -> InMemoryVideoRooms:
    assert remaining_seconds() > 0
    return rooms


def check_answer(response: Response, *, route: str, contract: Contract) -> None:
    """Hold an answer to the document, and a refusal to not repeating what it refuses."""
    method, path = route.split(" ")
    headers = dict(response.headers)
    contract.check(method=method, path=path, status=response.status, headers=headers, body=response.body)
    if response.status < 400:
        return
    problem = json.loads(response.body)
    for error in problem.get("errors", ()):
        # Where the request is wrong may be said in its own words: the path of an unknown field has its name.
        del error["field"]
    check_silence(json.dumps([problem, headers]))


def check_silence(text: str) -> None:
    """Hold a text to repeating no hostile value."""
    assert not any(canary in text for canary in CANARIES), text
