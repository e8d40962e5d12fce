"""Somebody adds a webhook, sees a job's end told, sends it again and takes the webhook away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from task.jobs.testing import execute_all
from task.webhooks import tasks
from tests.browser.conftest import Visit
from tests.services import receiver as answers
from tests.services.receiver import Receiver
from tests.workbench.tasks import do_nothing


def test_from_the_menu_to_a_delivery_and_away(
    visit: Visit, people: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "REST", timedelta(0))
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    visitor = visit()
    page = visitor.open("/jobs/")
    page.locator(".nav-more summary").click()
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="Add a webhook").first.click()
    with Receiver() as receiver:
        receiver.answer = answers.plain(500, b"<b>Closed</b>")
        page.get_by_label("Address to call").fill("ftp://example.org")
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_text("Enter a whole address, such as https://example.org/hook.")).to_be_visible()
        page.get_by_label("Address to call").fill(f"{receiver.url}/hook")
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_text(re.compile("whsec_"))).to_be_visible()
        page.get_by_role("link", name="See the webhook").click()
        expect(page.get_by_text("No deliveries yet.")).to_be_visible()
        assert "whsec_" not in page.content()
        do_nothing.apply_async(owner=people["member"])
        execute_all()
        page.reload()
        expect(page.get_by_text("127.0.0.1 answered 500 Internal Server Error.")).to_be_visible()
        page.get_by_text("What was sent and answered").click()
        expect(page.get_by_label("The answer")).to_have_text("<b>Closed</b>")
        receiver.answer = answers.plain(204)
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("Waiting to be sent.")).to_be_visible()
        execute_all()
        expect(page.locator("#deliveries-live").get_by_text("delivered")).to_be_visible()  # by itself
        assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Switched off.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete webhook").click()
    expect(page.get_by_text("No webhooks yet.")).to_be_visible()
    assert visitor.wrong == []
