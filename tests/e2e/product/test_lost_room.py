"""A room that the provider loses while the door is open: entering once more brings another one."""

from playwright.sync_api import expect

from tests.e2e.page.page_site import NOTICE, enter, expect_state
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import ENGLISH, book, expect_whole_call
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, World


def test_who_enters_again_after_the_room_was_lost_is_led_to_a_new_one(
    api: ApiClient, world: World, open_link: OpenLink
) -> None:
    booked = book(api)
    world.provider.lose_rooms()
    patients = open_link(booked.links[PATIENT])
    enter(patients)
    expect_state(patients, "open")

    patients.get_by_role("button", name=ENGLISH["leave"]).click()
    patients.get_by_role("button", name=ENGLISH["reenter"]).click()

    expect(patients.locator(NOTICE)).to_contain_text(ENGLISH["notice.moved"])
    patients.get_by_role("button", name=ENGLISH["moveOver"]).click()
    doctors = open_link(booked.links[DOCTOR])
    enter(doctors)
    expect_whole_call(doctors, patients)
