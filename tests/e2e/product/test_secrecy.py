"""Secrets and names during a whole visit: where they are sent, and where they must not appear."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.e2e.page.page_site import expect_state
from tests.e2e.product.conftest import OpenLink
from tests.e2e.product.product_site import ENGLISH, book, call_frame, enter_all, expect_whole_call
from tests.e2e.witness import Witness
from tests.integration.api.client import DOCTOR, PATIENT, ApiClient, dates, visit

KEPT = "() => ({ ...sessionStorage, ...localStorage })"


def walk(api: ApiClient, stack: Stack, open_link: OpenLink) -> tuple[str, list[tuple[Page, str]]]:
    """Run waiting room, call, exit and second entry; return the pages and their storage.

    The doctor has an account, the patient a join link.
    """
    booked = book(api, visit(**dates(start_in_seconds=3_600)))
    token = stack.issuer.token(DOCTOR)
    doctors = open_link(f"{booked.links[DOCTOR].partition('#')[0]}#token={token}")
    patients = open_link(booked.links[PATIENT])
    pages = [doctors, patients]
    for page in pages:
        expect_state(page, "scheduled")
        page.get_by_role("button", name=ENGLISH["check"]).click()
        expect(page.locator(".camera")).to_have_text(ENGLISH["camera.good"])
    assert api.patch(booked.id, dates(start_in_seconds=0)).status == 204
    for page in pages:
        page.evaluate("window.dispatchEvent(new Event('online'))")
    enter_all(*pages)
    expect_whole_call(*pages)
    call_frame(patients).get_by_role("button", name="Leave").click()
    patients.get_by_role("button", name=ENGLISH["reenter"]).click()
    expect_whole_call(*pages)
    secret = booked.links[PATIENT].partition("#j=")[2]
    return booked.id, [(doctors, f"token={token}"), (patients, f"j={secret}")]


def test_secrets_stay_where_they_belong(
    api: ApiClient,
    stack: Stack,
    open_link: OpenLink,
    witness: Witness,
    functions_log: Callable[[], str],
) -> None:
    visit_id, people = walk(api, stack, open_link)

    # The headers set by scripts and those added by the browser.
    sent = [(request.url, request.all_headers()) for request in witness.requests if request.response()]
    log = functions_log()

    assert len(sent) > 50
    assert {f"{visit_id}/join", visit_id} <= {url.rpartition("/teleconsultation/")[2] for url, _ in sent}
    for page, credential in people:
        secret = credential.partition("=")[2]
        assert page.evaluate(KEPT) == {f"teleconsultation/{visit_id}": credential}
        assert page.context.cookies() == []
        assert secret not in page.url + page.content()
        for url, headers in sent:
            carriers = [name for name, value in headers.items() if secret in value]
            assert secret not in url
            assert carriers == (["authorization"] if carriers else [])
            assert not carriers or url.startswith(f"{stack.api_url}/teleconsultation/{visit_id}")
        assert secret not in log
    referrers = {headers.get("referer", "") for _, headers in sent}
    assert referrers <= {"", f"{stack.site_url}/", f"{stack.bandyer.url}/"}
    assert visit_id in log
    assert not re.search(r"House|Verdi|direct-rest-call|#j=|Bearer", log)


def test_the_witness_reports_foreign_requests_and_leaked_secrets(
    api: ApiClient, stack: Stack, open_link: OpenLink
) -> None:
    page = open_link(book(api, visit(**dates())).links[PATIENT])
    expect_state(page, "scheduled")
    page.wait_for_load_state("networkidle")
    witness = Witness()
    witness.watch(page.context)

    page.evaluate("fetch('/icons.svg?x=very-secret')")
    page.evaluate("fetch('/icons.svg', { headers: { 'X-Note': 'very-secret' } })")
    page.evaluate("fetch('/icons.svg', { headers: { Authorization: 'Bearer very-secret' } })")

    ours = {stack.site_url}
    assert (
        witness.complaints(origins=ours, secrets={"very-secret"})
        == ["a secret in a request for /icons.svg"] * 2
    )
    assert witness.complaints(origins=set(), secrets=set()) == [f"a request to {stack.site_url}"] * 3
