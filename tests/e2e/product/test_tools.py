"""The tools of a role, from the deployment's parameter to the call inside the page."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.stack import Stack, running_stack
from tests.e2e.call.test_shared_tools import PANEL, REPORT, draw_line
from tests.e2e.media import expect_media
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import book, call_frame, enter_all, expect_whole_call
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient
from tests.integration.api.contract import Contract, load_document
from tests.pages import chosen_page

pytestmark = pytest.mark.deep

DOCTORS_TOOLS = ("screen_sharing", "whiteboard", "file_upload")
PRIVILEGES = {
    "basic": {"groups": ["patient"], "tools": dict.fromkeys(DOCTORS_TOOLS, False)},
    "plus": {"groups": ["doctor"]},
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployment that leaves its patients the chat alone."""
    with (
        chosen_page() as folder,
        running_stack(
            site_directory=folder,
            state_directory=tmp_path_factory.mktemp("tools"),
            parameters={"Privileges": json.dumps(PRIVILEGES)},
        ) as running,
    ):
        yield running


@pytest.fixture
def api(stack: Stack) -> ApiClient:
    return ApiClient(stack, Contract(load_document()))


def test_a_doctor_has_the_tools_and_a_patient_without_them_has_not(
    api: ApiClient, stack: Stack, open_link: OpenLink
) -> None:
    booked = book(api)
    pages = [open_link(booked.links[person]) for person in (DOCTOR, PATIENT)]
    enter_all(*pages)
    expect_whole_call(*pages)
    doctors, patients = map(call_frame, pages)

    doctors.get_by_role("button", name="Share screen").click()
    expect_media(patients, people=1, kinds=("screen",))
    expect(patients.locator("#screen")).to_be_visible()

    doctors.get_by_role("button", name="Whiteboard").click()
    draw_line(doctors)
    doctors.locator(PANEL).click()
    with pages[0].expect_file_chooser() as chooser:
        doctors.get_by_role("button", name="Send a file").click()
    chooser.value.set_files(REPORT)
    with pages[0].expect_download() as download:
        doctors.get_by_role("link", name=str(REPORT["name"])).click()
    assert Path(download.value.path()).read_bytes() == REPORT["buffer"]
    doctors.get_by_role("textbox").press_sequentially("Did you get it?")
    doctors.get_by_role("textbox").press("Enter")

    patients.locator(PANEL).click()
    expect(patients.get_by_role("log")).to_contain_text("Did you get it?")
    expect(patients.get_by_role("log").get_by_role("link")).to_have_count(0)
    expect(patients.locator("#board")).to_be_hidden()
    for tool in ("#share", "#board-open", "#file-send"):
        expect(doctors.locator(tool)).to_be_visible()
        expect(patients.locator(tool)).to_be_hidden()
