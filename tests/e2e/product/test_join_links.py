"""Join links on the page with the real route; tests/integration compares all refusals."""

from playwright.sync_api import expect

from tests.e2e.page.page_site import expect_state
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import ENGLISH, book
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, dates, doctor, person, visit

REPLACEMENT = person("auth0|patient-2", group="patient", name="Bruno Neri")


def test_all_invalid_links_look_the_same(api: ApiClient, open_link: OpenLink) -> None:
    tomorrow = visit(**dates())
    booked, other, removed, renewed = (book(api, tomorrow) for _ in range(4))
    assert api.patch(removed.id, {"participants": {"data": [doctor(), REPLACEMENT]}}).status == 204
    assert api.patch(renewed.id, {"renewJoinLinks": [PATIENT]}).status == 204
    mine = booked.links[PATIENT]
    useless = {
        "wrong": (booked.id, f"{mine[:-1]}~"),
        "another visit's": (
            booked.id,
            mine.replace(mine.partition("#")[2], other.links[PATIENT].partition("#")[2]),
        ),
        "taken off the list": (removed.id, removed.links[PATIENT]),
        "renewed": (renewed.id, renewed.links[PATIENT]),
    }

    seen = {}
    for name, (id_, link) in useless.items():
        page = open_link(link)
        expect_state(page, "not-participant")
        text = page.locator("teleconsultation-room").inner_text()
        # The code to read out ends in the link's own id.
        seen[name] = text.replace(f"N-403-{id_[-6:].upper()}", "N-403-ID")
        page.close()

    assert ENGLISH["not-participant.title"] in seen["wrong"]
    assert "N-403-ID" in seen["wrong"]
    assert set(seen.values()) == {seen["wrong"]}


def test_a_renewed_link_works_where_the_old_one_does_not(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api, visit(**dates()))
    renewal = api.patch(booked.id, {"renewJoinLinks": [PATIENT]}, prefer="return=representation")
    page = open_link(booked.links[PATIENT])
    expect_state(page, "not-participant")

    # Pasted over the old link in the same tab.
    page.goto(renewal.body["participants"][1]["joinUrl"])

    expect_state(page, "scheduled")


def test_a_removed_participant_sees_it_while_waiting(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api, visit(**dates()))
    page = open_link(booked.links[PATIENT])
    expect_state(page, "scheduled")

    assert api.patch(booked.id, {"participants": {"data": [doctor(), REPLACEMENT]}}).status == 204
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect_state(page, "not-participant")


def test_every_link_shows_the_cancellation(api: ApiClient, open_link: OpenLink) -> None:
    booked = book(api, visit(**dates()))
    waiting = open_link(booked.links[PATIENT])
    expect_state(waiting, "scheduled")

    assert api.delete(booked.id).status == 204
    waiting.evaluate("window.dispatchEvent(new Event('online'))")

    for page in (waiting, open_link(booked.links[DOCTOR])):
        expect_state(page, "cancelled")
        expect(page.get_by_role("button")).to_have_count(0)
