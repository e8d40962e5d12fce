"""A newcomer's walk through nginx, over TLS, on the processes of the Procfile, PostgreSQL and Redis."""

import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.deploy.place import Place, laid_out
from tests.processes import wait_until
from tests.services.github import GitHub
from tests.services.openlibrary import OpenLibrary

pytestmark = [pytest.mark.broker, pytest.mark.deploy]
GUARDED = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=()",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with OpenLibrary() as library, GitHub() as github:
        folder: Path = tmp_path_factory.mktemp("deploy")
        with laid_out(folder, OPENLIBRARY_URL=library.url, GITHUB_API_URL=github.url, CONTACT="a@example.org") as found:
            yield found


def send(browser: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    page = browser.get(path).text
    for name in ("csrfmiddlewaretoken", "form_token"):
        if found := re.search(rf'name="{name}" value="([^"]+)"', page):
            fields[name] = found[1]
    return browser.post(path, data=fields)


@pytest.fixture(scope="module")
def person(place: Place) -> Iterator[httpx2.Client]:
    with place.browser() as browser:
        password = "rather-a-long-one"
        signed_up = send(
            browser, "/accounts/signup/",
            username="ann", email="ann@example.org", password1=password, password2=password,
        )  # fmt: skip
        assert signed_up.status_code == 302, signed_up.text
        assert "Secure" in signed_up.headers["Set-Cookie"]
        yield browser


def shown(person: httpx2.Client, path: str, text: str) -> Callable[[], bool]:
    return lambda: text in person.get(path).text


def test_http_leads_to_https_and_balancers_ask_by_http(place: Place) -> None:
    plain = f"http://127.0.0.1:{place.http}"
    moved = httpx2.get(f"{plain}/jobs/?q=x", trust_env=False)
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://localhost/jobs/?q=x")
    assert httpx2.get(f"{plain}/healthz", trust_env=False).text == "alive\n"


def test_a_scan_becomes_a_book(place: Place, person: httpx2.Client) -> None:
    assert send(person, "/books/scan/", isbns="9780345418913").status_code == 302
    wait_until(shown(person, "/books/9780345418913/", "a made-up one"), what=place.said)


def test_nginx_sends_a_report_to_its_owner_alone(place: Place, person: httpx2.Client) -> None:
    made = send(person, "/reports/new/", language="Python", count="3")
    assert made.status_code == 302, made.text
    wait_until(shown(person, "/reports/", "/reports/1/download/"), what=place.said)
    answer = person.get("/reports/1/download/")
    assert (answer.status_code, answer.text.count("https://github.com/")) == (200, 3)
    assert "x-accel-redirect" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="github-python-3-')
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert {name: answer.headers.get(name) for name in GUARDED} == GUARDED
    part = person.get("/reports/1/download/", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, answer.content[:4])  # it is nginx that reads the file
    name = re.search('filename="(.+)"', answer.headers["Content-Disposition"])
    assert name is not None
    for path, status in (("/reports/1/download/", 302), (f"/private/media/reports/1/{name[1]}", 404)):
        with place.browser() as stranger:
            assert stranger.get(path).status_code == status


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs/", "/nothing/"])
def test_each_header_is_there_once(person: httpx2.Client, path: str) -> None:
    answer = person.get(path, follow_redirects=True)
    assert {name: answer.headers.get_list(name) for name in GUARDED} == {name: [GUARDED[name]] for name in GUARDED}


def test_nginx_names_each_request_whatever_the_client_says(person: httpx2.Client) -> None:
    for path in ("/", "/nothing/", "/reports/1/download/"):
        answer = person.get(path, headers={"X-Request-ID": "of-the-client"})
        (number,) = answer.headers.get_list("X-Request-ID")
        assert re.fullmatch("[0-9a-f]{32}", number), path


def test_nginx_sends_static_files_packed_and_for_a_year(place: Place, person: httpx2.Client) -> None:
    found = re.search(r'"(/static/css/[^"]+\.css)"', person.get("/").text)
    assert found is not None
    answer = person.get(found[1])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert {name: answer.headers.get(name) for name in GUARDED} == GUARDED
    packed = next((place.folder / "var/static").rglob("*.md.gz"))
    answer = person.get(f"/{packed.relative_to(place.folder / 'var').with_suffix('')}")
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert person.get("/static/nothing.css").status_code == 404


def test_what_is_too_large_is_said_by_the_desk(person: httpx2.Client) -> None:
    answer = person.post("/books/scan/", content=b"x" * 21_000_000)
    assert (answer.status_code, "A form takes at most 20 MB" in answer.text) == (413, True)


def test_flower_is_only_looked_at(person: httpx2.Client) -> None:
    assert person.post("/flower/api/task/revoke/1").status_code == 403
    assert person.get("/flower/").status_code == 502  # nobody is there


def test_a_rolling_restart_fails_no_request_and_loses_no_job(place: Place, person: httpx2.Client) -> None:
    isbns = [f"978000000{number:03}" for number in range(40)]
    over, wrong, answered = threading.Event(), [], []

    def ask(browser: httpx2.Client, path: str) -> None:
        while not over.is_set():
            try:
                status = browser.get(path).status_code
            except httpx2.HTTPError as fault:
                status = repr(fault)
            answered.append(path)
            if status != 200:
                wrong.append((path, status))

    def post(browser: httpx2.Client) -> None:
        while not over.is_set():
            try:
                status = send(browser, "/books/scan/", isbns="9780345418913").status_code
            except httpx2.HTTPError as fault:
                status = repr(fault)
            answered.append("POST")
            if status != 302:
                wrong.append(("POST", status))

    lines = []
    for path in ("/", "/books/", "/healthz"):
        browser = place.browser()
        browser.cookies = person.cookies
        lines.append(threading.Thread(target=ask, args=(browser, path)))
    browser = place.browser()
    browser.cookies = person.cookies
    lines.append(threading.Thread(target=post, args=(browser,)))
    for line in lines:
        line.start()
    second = place.worker("two")
    try:
        for number in range(len(place.ports)):
            sent = send(person, "/books/scan/", isbns=" ".join(with_digit(isbn) for isbn in isbns[number::2]))
            assert sent.status_code == 302
            place.webs[number].child.send_signal(signal.SIGTERM)
            assert place.webs[number].child.wait(30) == 0
            place.listens(place.web(number))
        place.works(second)
        place.first_worker.child.send_signal(signal.SIGTERM)
        assert place.first_worker.child.wait(30) == 0
        before = len(answered)
        wait_until(lambda: len(answered) > before + 20)
    finally:
        over.set()
        for line in lines:
            line.join()
    assert not wrong
    assert set(answered) == {"/", "/books/", "/healthz", "POST"}
    for isbn in isbns[-2:]:
        wait_until(shown(person, f"/books/{with_digit(isbn)}/", "a made-up one"), what=place.said)


def with_digit(twelve: str) -> str:
    """An ISBN of its first 12 digits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"
