"""Staff send a test email, look at it on its job's page, and read what it is from within a frame that does nothing."""

from typing import Any

from playwright.sync_api import expect

from task.emails.models import Email
from task.jobs.testing import execute_all
from tests.browser.conftest import Visit
from tests.emails.making import email


def test_from_the_button_to_the_email_on_its_jobs_page(visit: Visit, settings: Any) -> None:
    visitor = visit("staff")
    settings.SITE_URL = visitor.address
    page = visitor.open("/emails/")
    page.get_by_role("button", name="Send a test email").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_role("heading", name="What it made")).to_have_count(0)
    execute_all()
    expect(page.get_by_role("heading", name="What it made")).to_be_visible()  # by itself
    letter = page.frame_locator("iframe[title='The email as it looks']")
    expect(letter.get_by_role("heading", name="Test email")).to_be_visible()
    with page.context.expect_page() as opened:
        letter.get_by_role("link", name="See the emails it has sent").click()
    there = opened.value
    expect(there.get_by_role("heading", name="Emails", exact=True)).to_be_visible()  # beside the desk, and logged in
    page.get_by_role("link", name="Plain text").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_label("The email as plain text")).to_contain_text("emails from the desk reach you")
    page.goto(visitor.address + "/emails/?q=test")
    page.get_by_role("link", name=Email.objects.get().subject).click()
    expect(page.get_by_role("heading", name="The email")).to_be_visible()
    page.get_by_role("link", name="Test email", exact=True).click()
    page.wait_for_url("**/jobs/*/")


HOSTILE = """<!doctype html><html><head><title>x</title></head><body><p>Read me</p>
<script>document.body.dataset.ran = "yes"; fetch("https://example.com/stolen")</script>
<img src="https://example.com/seen.png" onerror="document.body.dataset.ran = 'yes'">
<form action="/accounts/logout/" method="post" id="leave"><button>Go</button></form>
<iframe src="/"></iframe><link rel="stylesheet" href="https://example.com/x.css"></body></html>"""


def test_what_an_email_holds_runs_nothing_loads_nothing_and_leads_nowhere(visit: Visit, people: dict[str, Any]) -> None:
    row = email(people["member"], html=HOSTILE)
    page = visit().page
    address = f"{visit().address}{row.get_absolute_url()}"
    left: list[str] = []  # what left the browser, past its policy
    page.context.route("https://example.com/**", lambda route: left.append(route.request.url))
    page.on("request", lambda request: left.append(request.url) if request.method == "POST" else None)
    for path in (address, f"{address}html/"):
        page.goto(path)
        body = page.frame_locator("iframe.letter-frame").locator("body") if path == address else page.locator("body")
        expect(body).to_contain_text("Read me")
        body.get_by_role("button", name="Go").click()
        assert body.get_attribute("data-ran") is None
        assert page.url == path
    assert left == []


def test_the_frame_is_as_high_as_the_email_also_on_a_narrow_page(visit: Visit, people: dict[str, Any]) -> None:
    words = "<p>Your report is ready.</p>" * 12
    row = email(people["member"], html=f"<!doctype html><html><head></head><body>{words}</body></html>")
    visitor = visit()
    page = visitor.open(row.get_absolute_url())
    fits = """() => {
        const frame = document.querySelector("iframe");
        return Math.abs(frame.contentDocument.documentElement.getBoundingClientRect().height - frame.clientHeight) < 2;
    }"""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        frame = page.locator("iframe.letter-frame")
        frame.scroll_into_view_if_needed()
        page.wait_for_function(fits)
        assert frame.bounding_box()["height"] != 520  # type: ignore[index]
    assert visitor.wrong == []
