"""Signing in at the laptop's issuer, from a link without a secret to the open visit."""

from playwright.sync_api import expect

from local.stack import Stack
from tests.e2e.page.page_site import expect_state
from tests.e2e.product.conftest import Guard, OpenLink
from tests.e2e.product.product_site import ENGLISH, book
from tests.integration.api.client import ApiClient, dates, person, visit


def test_a_reader_signs_in_and_enters_a_visit_that_is_theirs(
    api: ApiClient, stack: Stack, open_link: OpenLink, guard: Guard
) -> None:
    people = [
        person("doctor-1", group="doctor", name="Dana Doctor"),
        person("patient-9", group="patient", name="Eva Neri"),
    ]
    booked = book(api, visit(people=people, **dates(start_in_seconds=0)))
    guard.origins.add(stack.issuer.url)
    page = open_link(booked.links["doctor-1"].partition("#")[0] + "#")
    guard.secrets.clear()
    expect_state(page, "sign-in")

    page.get_by_role("button", name=ENGLISH["signIn"]).click()
    page.get_by_role("link", name="Dana Doctor").click()

    expect_state(page, "ready")
    expect(page.locator("dd", has_text="(you)")).to_have_text("Dana Doctor, organiser (you)")
    assert page.url == f"{stack.site_url}/teleconsultation/{booked.id}"

    # Somebody who takes no part is told so, and not that anything has expired.
    other = open_link(page.url + "#")
    guard.secrets.clear()
    other.get_by_role("button", name=ENGLISH["signIn"]).click()
    other.get_by_role("link", name="Paolo Patient").click()
    expect_state(other, "not-participant")
