"""The log of what changes something, or opens what is private, says by a hash which client has sent it."""

from types import ModuleType
from typing import Final

import pytest

from functions.add_background import app as add_background
from functions.add_participant import app as add_participant
from functions.create_teleconsultation import app as create_teleconsultation
from functions.delete_teleconsultation import app as delete_teleconsultation
from functions.delete_uploads import app as delete_uploads
from functions.get_recording import app as get_recording
from functions.introduce_person import app as introduce_person
from functions.issue_credentials import app as issue_credentials
from functions.remove_participant import app as remove_participant
from functions.request_erasure import app as request_erasure
from functions.update_settings import app as update_settings
from functions.update_teleconsultation import app as update_teleconsultation
from teleconsultation import bootstrap
from teleconsultation.domain.caller_hash import keyed_caller_hash
from tests.fakes.api_gateway import MANAGER, http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput

NAMING: Final = [
    add_background,
    add_participant,
    create_teleconsultation,
    delete_teleconsultation,
    delete_uploads,
    get_recording,
    introduce_person,
    issue_credentials,
    remove_participant,
    request_erasure,
    update_settings,
    update_teleconsultation,
]


class Secret:
    """The provider's secret, with a key."""

    def user_id_key(self) -> str:
        return "a key"


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("module", NAMING, ids=lambda module: module.__name__.split(".")[1])
def test_a_request_names_its_client_even_if_it_is_refused(
    output: LambdaOutput, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    monkeypatch.setattr(bootstrap, "_secret", Secret)

    module.lambda_handler(http_event("POST", body={"unknown": 1}), lambda_context())

    [line] = [line for line in output.logs if line["message"] == "request answered"]
    assert line["status"] >= 400
    assert line.get("caller") == keyed_caller_hash(MANAGER["sub"], key="a key")
