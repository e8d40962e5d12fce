"""The database is locked, read-only, full or away: every form says so with 503 and keeps what was typed.

Nothing that answers may write: neither a session, nor a message, nor a log-in. Pages that only read still open.
"""

import html
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from task.accounts.models import UserBatch
from task.books.models import Book
from task.jobs.models import Job, State
from task.kit.away import is_away
from task.kit.once_more import SENTENCE
from task.orders.models import Order
from task.reports.models import Report
from tests.orders.conftest import order_of

pytestmark = pytest.mark.django_db(transaction=True)
ORWELL = "9780451524935"

# What may be wrong with it


@contextmanager
def read_only() -> Iterator[None]:
    """As the database itself refuses to write."""
    on, off = {
        "sqlite": ("PRAGMA query_only=ON", "PRAGMA query_only=OFF"),
        "postgresql": ("SET default_transaction_read_only=on", "SET default_transaction_read_only=off"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@contextmanager
def locked() -> Iterator[None]:
    """Another program has SQLite's write lock, and keeps it for longer than we wait."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
    connection.close()


def raising(fault: type[Exception], cause: Exception, writes_alone: bool) -> Any:
    @contextmanager
    def wrong() -> Iterator[None]:
        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if writes_alone and sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")):
                return run(sql, params, many, context)
            raise fault(*cause.args) from cause

        with connection.execute_wrapper(execute):
            yield

    return wrong


def of_sqlite(words: str, code: int) -> sqlite3.OperationalError:
    fault = sqlite3.OperationalError(words)
    fault.sqlite_errorcode = code
    return fault


FULL = of_sqlite("database or disk is full", 13)
WRONGS = {
    "read-only": read_only,
    "locked": locked,
    "full": raising(OperationalError, FULL, True),
    "time is up": raising(OperationalError, psycopg.errors.QueryCanceled("canceling statement"), True),
    "failed over": raising(InternalError, psycopg.errors.ReadOnlySqlTransaction("in a read-only transaction"), True),
    "idle": raising(InternalError, psycopg.errors.IdleInTransactionSessionTimeout("terminating connection"), True),
    "connections": raising(OperationalError, psycopg.OperationalError("FATAL: sorry, too many clients already"), False),
    "shut down": raising(OperationalError, psycopg.errors.AdminShutdown("terminating connection"), False),
    "closed": raising(InterfaceError, psycopg.InterfaceError("connection already closed"), False),
}
NO_READS = ("connections", "shut down", "closed")

# What is sent


def job(owner: Any, **more: Any) -> Job:
    return Job.objects.create(kind="workbench.make", title="Make 3 things", owner=owner, arguments={"total": 3}, **more)


def order(owner: Any) -> Order:
    return order_of(owner, Book.objects.create(isbn=ORWELL, title="1984", state=Book.State.FILLED, copies=3))


def report(owner: Any) -> Report:
    return Report.objects.create(crawl=job(owner), owner=owner, language="Python", count=5)


def schedule() -> PeriodicTask:
    every, _ = IntervalSchedule.objects.get_or_create(every=1, period="days")
    return PeriodicTask.objects.create(name="Things", task="workbench.make", kwargs='{"total": 3}', interval=every)


def new_password(user: Any) -> str:
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[key, default_token_generator.make_token(user)])


GOOD = {"password1": "a good long one", "password2": "a good long one"}
LOG_IN = {"username": "alice@example.org", "password": "a good password"}
Sent = tuple[str, dict[str, Any], list[str]]
FORMS: dict[str, Callable[[Any], Sent]] = {
    "sign up": lambda user: (reverse("signup"), {"username": "zoe", "email": "zoe@example.org", **GOOD}, ["zoe@ex"]),
    "log in": lambda user: (reverse("login"), LOG_IN, ["alice@example.org"]),
    "reset": lambda user: (reverse("password_reset"), {"email": "zoe@example.org"}, ["zoe@example.org"]),
    "profile": lambda user: (
        reverse("profile"),
        {"username": "staffy", "email": user.email, "first_name": "Zenobia", "last_name": "Q"},
        ["Zenobia", "staffy"],
    ),
    "generate": lambda user: (reverse("generate"), {"total": 77}, ['value="77"']),
    "scan": lambda user: (reverse("books_scan"), {"isbns": f"{ORWELL}\nrubbish"}, [ORWELL, "rubbish"]),
    "order": lambda user: (reverse("order_new"), {"book": order(user).book.isbn, "quantity": 2}, [ORWELL, 'value="2"']),
    "report": lambda user: (reverse("report_new"), {"language": "Haskell", "count": 44}, ["Haskell", 'value="44"']),
    "export": lambda user: (reverse("export_new"), {"format": "ris", "query": "q=sea"}, ["q=sea"]),
    "backup": lambda user: (reverse("backup_new"), {}, []),
    "playground": lambda user: (reverse("playground"), {"canvas": "chain", "numbers": "123, 456"}, ["123, 456"]),
}
BUTTONS: dict[str, Callable[[Any], Sent]] = {
    "cancel": lambda user: (reverse("job_cancel", args=[job(user).pk]), {}, []),
    "retry": lambda user: (reverse("job_retry", args=[job(user, state="failed").pk]), {"next": "/jobs/"}, ["/jobs/"]),
    "dismiss": lambda user: (reverse("job_dismiss", args=[job(user, state=State.FAILED).pk]), {}, []),
    "fulfil": lambda user: (reverse("order_fulfil", args=[order(user).number]), {}, []),
    "cancel an order": lambda user: (reverse("order_cancel", args=[order(user).number]), {}, []),
    "delete a report": lambda user: (reverse("report_delete", args=[report(user).pk]), {}, []),
    "look up": lambda user: (
        reverse("book_lookup", args=[Book.objects.create(isbn=ORWELL, state="failed").isbn]), {}, [],
    ),
    "run": lambda user: (reverse("schedule_run", args=[schedule().pk]), {}, []),
    "switch": lambda user: (reverse("schedule_switch", args=[schedule().pk]), {"to": "off"}, ['value="off"']),
    "log out": lambda user: (reverse("logout"), {}, []),
    "delete a batch": lambda user: (
        reverse("batch_delete", args=[UserBatch.objects.create(job_id=job(user, state="failed").pk, total=5).pk]),
        {},
        [],
    ),
    "administration": lambda user: (
        reverse("admin:books_book_change", args=[Book.objects.create(isbn=ORWELL).pk]),
        {"title": "Another title", "publishers": "[]", "copies": "1", "initial-copies": "1"},
        ["Another title"],
    ),
}  # fmt: skip
ALL = FORMS | BUTTONS
STRANGERS = ("sign up", "log in", "reset")


@pytest.fixture
def boss(db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", "boss@example.org", "a good password")


@pytest.fixture
def sent(request: pytest.FixtureRequest, boss: Any, alice: Any) -> Sent:
    url, fields, words = ALL[request.param](boss)
    return url, {"form_token": "t1", **fields}, words


@pytest.fixture
def browser(request: pytest.FixtureRequest, client_of: Callable[[Any], Client], boss: Any) -> Client:
    name = request.node.callspec.params["sent"]
    return Client() if name in STRANGERS else client_of(boss)


def post(browser: Client, sent: Sent, wrong: Callable[[], Any]) -> HttpResponse:
    url, fields, _ = sent
    for value in fields.values():
        if hasattr(value, "seek"):
            value.seek(0)
    browser.raise_request_exception = False
    with wrong():
        return browser.post(url, fields)


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def rows() -> tuple[int, ...]:
    return tuple(model._default_manager.count() for model in (Job, Book, Order, Report, UserBatch))


def wrongs() -> list[str]:
    return [name for name in WRONGS if name != "locked" or connection.vendor == "sqlite"]


@pytest.mark.parametrize("sent", ALL, indirect=True)
def test_every_form_answers_with_a_sentence_and_keeps_what_was_typed(browser: Client, sent: Sent) -> None:
    before = rows()
    for wrong in wrongs():
        answer = post(browser, sent, WRONGS[wrong])
        page = text_of(answer)
        assert answer.status_code == 503, f"{wrong}: {page}"
        assert "Send it again" in page
        for words in sent[2]:
            assert words in page, wrong
        assert "a good" not in page  # no password comes back
        assert answer.headers["Retry-After"]
        assert "no-store" in answer.headers["Cache-Control"]
        assert rows() == before


@pytest.mark.parametrize("sent", ALL, indirect=True)
def test_sent_once_more_it_is_done(browser: Client, sent: Sent) -> None:
    assert post(browser, sent, read_only).status_code == 503
    url, fields, _ = sent
    for value in fields.values():
        if hasattr(value, "seek"):
            value.seek(0)
    answer = browser.post(url, fields)
    assert answer.status_code == 302, text_of(answer)


@pytest.mark.parametrize("sent", [name for name in FORMS if name != "scan a file"], indirect=True)
def test_where_the_page_can_be_read_it_is_the_form_itself_that_comes_back(browser: Client, sent: Sent) -> None:
    answer = post(browser, sent, read_only)
    assert SENTENCE in text_of(answer)
    assert answer.context["form"].errors["__all__"][0] == SENTENCE


def test_a_new_password_too(client: Client, alice: Any) -> None:
    url = client.get(new_password(alice)).headers["Location"]
    fields = {"new_password1": "another long one", "new_password2": "another long one"}
    answer = post(client, (url, fields, []), read_only)
    assert answer.status_code == 503
    assert SENTENCE in text_of(answer)
    assert client.post(url, fields).status_code == 302


def test_a_changed_password_too(member: Client) -> None:
    fields = {
        "old_password": "a good password",
        "new_password1": "another long one",
        "new_password2": "another long one",
    }
    answer = post(member, (reverse("password_change"), fields, []), read_only)
    assert answer.status_code == 503
    assert SENTENCE in text_of(answer)
    assert member.post(reverse("password_change"), fields).status_code == 302


def test_who_could_not_log_in_is_not_shown_as_logged_in(client: Client, alice: Any) -> None:
    answer = post(client, (reverse("login"), LOG_IN, []), read_only)
    assert "Log out" not in text_of(answer)


@pytest.mark.sqlite
def test_a_disk_that_is_really_full(member: Client) -> None:
    fields = {"form_token": "t", "isbns": "\n".join(isbns(4000))}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # else what earlier tests deleted is room enough
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0]}")
        try:
            answer = member.post(reverse("books_scan"), fields)
        finally:
            cursor.execute("PRAGMA max_page_count=1073741823")
    assert answer.status_code == 503
    assert SENTENCE in text_of(answer)
    assert not Book.objects.exists()
    assert member.post(reverse("books_scan"), fields).status_code == 302
    assert Book.objects.count() == 4000


def isbns(count: int) -> Iterator[str]:
    for number in range(count):
        digits = f"978{number:09d}"
        yield f"{digits}{-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10}"


# Pages


def addresses(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not any(sign in route for sign in "<(^"):
            yield f"/{route}"


def test_pages_that_only_read_still_open(client_of: Callable[[Any], Client], boss: Any) -> None:
    browser = client_of(boss)
    for url in addresses():
        expected = browser.get(url).status_code
        for wrong in wrongs():
            if wrong not in NO_READS:
                with WRONGS[wrong]():
                    assert browser.get(url).status_code == expected, (url, wrong)


@pytest.mark.parametrize("wrong", NO_READS)
def test_without_a_database_every_page_says_so(client_of: Callable[[Any], Client], boss: Any, wrong: str) -> None:
    browser = client_of(boss)
    browser.raise_request_exception = False
    with WRONGS[wrong]():
        for url in addresses():
            answer = browser.get(url)
            if url == "/admin/password_change/":  # leads to the desk's own page, which is among the others
                assert answer.status_code == 302
            elif url not in ("/healthz", "/readyz", "/admin/jsi18n/", "/api/schema/"):
                assert answer.status_code in (503, 405), url
                again = "again in a moment" if answer.headers["Content-Type"].endswith("json") else "Try again"
                assert again in text_of(answer) or answer.status_code == 405, url


@pytest.mark.parametrize("wrong", NO_READS)
def test_without_a_database_no_address_takes_a_form_with_a_500(
    client_of: Callable[[Any], Client], boss: Any, wrong: str
) -> None:
    browser = client_of(boss)
    browser.raise_request_exception = False
    with WRONGS[wrong]():
        for url in addresses():
            assert browser.post(url, {"next": "/"}).status_code in (503, 405, 403, 302), url


def test_a_note_that_can_not_be_taken_out_of_the_session_is_no_fault_of_the_page(member: Client) -> None:
    member.post(reverse("books_scan"), {"form_token": "t", "isbns": f"{ORWELL}\nrubbish"})
    with read_only():
        answer = member.get(reverse("books_scan"))
    assert answer.status_code == 200
    assert "rubbish" in text_of(answer)


def test_what_could_not_go_on_is_not_lost_with_the_session(member: Client) -> None:
    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "django_session" in sql and not sql.startswith("SELECT"):
            raise OperationalError(*FULL.args) from FULL
        return run(sql, params, many, context)

    fields = {"form_token": "t", "isbns": f"{ORWELL}\nrubbish"}
    with connection.execute_wrapper(execute):
        assert member.post(reverse("books_scan"), fields).status_code == 302
    assert "rubbish" in text_of(member.get(reverse("books_scan")))
    assert "rubbish" in text_of(member.post(reverse("books_scan"), fields, follow=True))
    assert Job.objects.count() == 1


# Which faults these are


@pytest.mark.parametrize(
    ("fault", "cause", "away"),
    [
        (OperationalError, of_sqlite("database is locked", 5), True),
        (OperationalError, of_sqlite("attempt to write a readonly database", 8 | 1 << 8), True),
        (OperationalError, of_sqlite("unable to open database file", 14), True),
        (OperationalError, of_sqlite("no such table: books_book", 1), False),
        (DatabaseError, of_sqlite("database disk image is malformed", 11), False),
        (OperationalError, psycopg.errors.DeadlockDetected("deadlock"), True),
        (InternalError, psycopg.errors.InFailedSqlTransaction("aborted"), False),
        (ProgrammingError, psycopg.errors.UndefinedTable("no table"), False),
        (OperationalError, psycopg.errors.DiskFull("no space"), True),
        (InterfaceError, sqlite3.InterfaceError("bad parameter"), False),
        (OperationalError, None, True),
    ],
)
def test_what_passes_by_itself_and_what_is_a_fault_of_ours(fault: Any, cause: Any, away: bool) -> None:
    raised = fault("words")
    raised.__cause__ = cause
    assert is_away(raised) is away


def test_a_fault_of_ours_is_still_a_500(member: Client) -> None:
    member.raise_request_exception = False
    wrong = raising(OperationalError, of_sqlite("no such table: accounts_user", 1), True)
    answer = post(member, (reverse("generate"), {"form_token": "t", "total": 77}, []), wrong)
    assert answer.status_code == 500
