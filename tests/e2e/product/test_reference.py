"""The API's reference, as `make run` serves it."""

from playwright.sync_api import Browser, ConsoleMessage, expect

from local.stack import Stack


def test_the_reference_shows_every_operation_and_needs_nothing_else(browser: Browser, stack: Stack) -> None:
    address = f"{stack.site_url}/docs"
    asked: list[str] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.text:
            complaints.append(message.text)

    context = browser.new_context()
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()

    response = page.goto(address)

    for title in ("Create a teleconsultation", "Change a teleconsultation", "Enter the call by a join link"):
        expect(page.locator("h2", has_text=title)).to_be_visible()
    assert response is not None
    assert response.status == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    # A browser looks for its icon by itself.
    assert [url for url in asked if not url.endswith("/favicon.ico")] == [address]
    assert complaints == []
    context.close()
