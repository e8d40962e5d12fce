"""One browser for all tests here, and visitors of the desk that notice what goes wrong in it."""

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import filling
from tests.services_needed import chromium

# Playwright runs an event loop in this thread, which Django takes for an asynchronous caller.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
expect.set_options(timeout=20_000)  # milliseconds: other tests may have the machine

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIOLATIONS = "document.addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective))"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


class Visitor:
    """A page of the browser; `wrong` collects what a person would never see but should not happen."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.wrong: list[str] = []
        self.expected = ""  # the address whose own bad status is no surprise
        self.text = ""  # of the last page, as the server sent it
        self.page: Page = context.new_page()
        self.page.add_init_script(VIOLATIONS)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, message: object) -> None:
        text, where = message.text, message.location.get("url", "")  # type: ignore[attr-defined]
        surprising = not self.expected or where != self.expected
        if surprising and message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.wrong.append(f"{message.type}: {text} ({where})")  # type: ignore[attr-defined]

    def _asked(self, request: object) -> None:
        url = urlsplit(request.url)  # type: ignore[attr-defined]
        if url.scheme in ("http", "https") and url.netloc != urlsplit(self.address).netloc:
            self.wrong.append(f"another host was asked: {request.url}")  # type: ignore[attr-defined]

    def open(self, path: str, status: int = 200) -> Page:
        self.expected = self.address + path if status != 200 else ""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.text = answer.text()
        return self.page

    def open_and_fill(self, path: str, status: int, fields: dict[str, str]) -> str:
        """Open a page; with `fields`, send its form (past the browser's own checks). The text of what came back."""
        page = self.open(path, status)
        if not fields:
            return self.text
        for name, value in fields.items():
            page.locator(f"main [name={name}], .band [name={name}]").fill(value)
        form = page.locator("form", has=page.locator(f"[name={next(iter(fields))}]")).last
        with page.expect_navigation() as navigation:
            form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
        answer = navigation.value
        return str(answer.text()) if answer and answer.request.method == "POST" else page.content()


Visit = Callable[..., Visitor]


@pytest.fixture
def people(transactional_db: None) -> dict[str, object]:
    member, staff = filling.people()
    return {"member": member, "staff": staff}


@pytest.fixture
def visit(browser: Browser, live_server: object, people: dict[str, object], settings: object) -> Iterator[Visit]:
    """`visit("member")` is a browser in which that person has logged in; with options of a browser context."""
    settings.ROOT_URLCONF = "tests.browser.urls"  # type: ignore[attr-defined]
    contexts: list[BrowserContext] = []

    def new(reader: str = "member", **options: object) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        address = live_server.url  # type: ignore[attr-defined]
        if reader in people:
            client = Client()
            client.force_login(people[reader])  # type: ignore[arg-type]
            name = settings.SESSION_COOKIE_NAME  # type: ignore[attr-defined]
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
        context.set_default_timeout(30_000)
        return Visitor(context, address)

    yield new
    for context in contexts:
        context.close()
