"""The API's pages for people: a token is made and works, and the documentation opens under our own policy."""

import re
from typing import Any

import httpx2
from playwright.sync_api import expect

from tests.browser.conftest import Visit

PASSWORD = "a good password"


def test_a_member_makes_a_token_and_a_program_scans_with_it(visit: Visit, people: dict[str, Any]) -> None:
    member = people["member"]
    member.set_password(PASSWORD)
    member.save()
    visitor = visit()
    page = visitor.open("/accounts/profile/")
    page.get_by_label("What is it for?").fill("scanner in the hall")
    page.locator("[name=current_password]").last.fill("wrong")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    page.locator("[name=current_password]").last.fill(PASSWORD)
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy your token now")
    token = re.search(r"desk_[\w-]{43}", page.content())
    assert token
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy token").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token[0]
    answer = httpx2.post(
        visitor.address + "/books/bulk-create",
        headers={"Authorization": f"Token {token[0]}"},
        json={"isbn": ["9780345418913", "9780451524935"]},
    )
    assert (answer.status_code, answer.json()["isbn"]) == (201, ["9780345418913", "9780451524935"])
    page.get_by_role("link", name="Back to your profile").click()
    expect(page.locator("main")).to_contain_text("Last used")
    page.get_by_role("button", name="Revoke scanner in the hall").click()
    expect(page.locator(".toasts")).to_contain_text("“scanner in the hall” revoked")
    assert visitor.wrong == []


def test_the_documentation_is_drawn_from_our_own_files(visit: Visit) -> None:
    for path, words in (("/api/docs/", "bulk-create"), ("/api/redoc/", "bulk-create")):
        visitor = visit("stranger")
        page = visitor.open(path)
        expect(page.get_by_text(words).first).to_be_visible()
        # Redoc asks its maker's host for a logo, and the policy lets it not.
        assert [each for each in visitor.wrong if "redoc" not in each and "img-src" not in each] == []
