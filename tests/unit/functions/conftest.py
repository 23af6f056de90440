"""The four functions on the product in memory."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from teleconsultation import bootstrap
from teleconsultation.settings import Settings
from tests.fakes.lambda_output import LambdaOutput, captured_output
from tests.fakes.service import OVERRUN, Service
from tests.fakes.video_rooms import InMemoryVideoRooms


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    settings = Settings(
        table_name="teleconsultations",
        user_id_claim="sub",
        door=service.policy.door,
        join_links=True,
        retention=timedelta(days=30),
    )

    def video_rooms(*, remaining_seconds: Callable[[], float], attempts: int) -> InMemoryVideoRooms:
        assert attempts > 0
        assert remaining_seconds() > 0
        return service.rooms

    monkeypatch.setattr(bootstrap, "settings", lambda: settings)
    monkeypatch.setattr(
        bootstrap, "teleconsultations", lambda *, remaining_seconds: service.teleconsultations
    )
    monkeypatch.setattr(bootstrap, "calls", lambda *, remaining_seconds: service.calls)
    monkeypatch.setattr(bootstrap, "consents", lambda *, remaining_seconds: service.consents)
    monkeypatch.setattr(bootstrap, "erasures", lambda *, remaining_seconds: service.erasures)
    monkeypatch.setattr(bootstrap, "erasure_id", service.erasure_id)
    monkeypatch.setattr(bootstrap, "readable_teleconsultations", lambda: service.teleconsultations)
    monkeypatch.setattr(bootstrap, "video_rooms", video_rooms)
    monkeypatch.setattr(bootstrap, "video_company", lambda *, remaining_seconds: service.company)
    monkeypatch.setattr(bootstrap, "join_secrets", lambda: service.join_secrets)
    monkeypatch.setattr(bootstrap, "policy", lambda: service.policy)
    monkeypatch.setattr(bootstrap, "overrun", lambda: OVERRUN)
    monkeypatch.setattr(bootstrap, "uploads_kept", lambda: service.uploads_kept)
    monkeypatch.setattr(bootstrap, "deletes_uploads", lambda: service.uploads_kept is not None)
    monkeypatch.setattr(bootstrap, "privileges", lambda: service.policy.privileges)
    monkeypatch.setattr(bootstrap, "clock", service.clock)
    return service


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[LambdaOutput]:
    with captured_output(capsys) as output:
        yield output
