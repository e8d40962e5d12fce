"""Who may see whose: of each route with an owner, and of all of them for nobody."""

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from task.books.models import Book
from task.playground.models import PlaygroundRun
from tests.api.routes import NO_TWINS, OWNED, POST_ALONE, ROUTES, TWINS
from tests.emails.making import email
from tests.orders.conftest import make_book, order_of
from tests.reports.conftest import ask
from tests.webhooks.making import delivery_of, webhook_of
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db


def report_of(owner: Any) -> Any:
    from task.reports.models import Report

    return Report.objects.get(crawl=ask(owner)).pk


def scanned_by(owner: Any) -> str:
    return Book.objects.create(isbn="9780345418913", state="filled", scanned_by=owner).isbn


def changed_by(owner: Any) -> str:
    from task.books.changes import write

    isbn = scanned_by(owner)
    change = write(Book.objects.get(isbn=isbn), {"title": "Dune", "note": "Mine"}, owner)
    assert change is not None
    return f"{isbn}/history/{change.pk}"


def scan_of(owner: Any) -> Any:
    from tests.books.test_carts import scanned

    return scanned(owner, "12")[0]


def file_of(owner: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from task.books.files import sending

    return sending.save(owner, SimpleUploadedFile("books.csv", b"9780345418913\n")).pk


def export_of(owner: Any) -> Any:
    from task.books.exports.tasks import export_books
    from task.books.exports.views import save_export

    arguments = {"format": "csv", "query": ""}
    return save_export(export_books.apply_async(kwargs=arguments, owner=owner), "").pk


KEYS = {
    "export": export_of,
    "file": file_of,
    "email": lambda owner: email(owner).pk,
    "scan": lambda owner: scan_of(owner).pk,
    "cart": lambda owner: scan_of(owner).cart_id,
    "book": scanned_by,
    "book-revert": changed_by,
    "job": lambda owner: do_nothing.apply_async(owner=owner).pk,
    "order": lambda owner: order_of(owner, make_book()).number,
    "report": report_of,
    "webhook": lambda owner: webhook_of(owner).pk,
    "webhook-again": lambda owner: f"{(row := delivery_of(owner)).webhook_id}/deliveries/{row.pk}",
    "playground": lambda owner: PlaygroundRun.objects.create(owner=owner, canvas="chain", inputs=[1, 2]).pk,
}


@pytest.mark.parametrize("name", OWNED)
def test_a_strangers_is_not_there(program, alice, bob, charlie, settings, name):
    settings.MEMBERS_EDIT_OWN_BOOKS = True
    method, path = OWNED[name]
    key = KEYS.get(name) or KEYS[name.partition("-")[0]]
    path = path.format(key(alice))
    assert getattr(APIClient(), method)(path).status_code == 401
    assert getattr(program(bob), method)(path).status_code == 404
    assert getattr(program(charlie), method)(path).status_code == 404
    assert getattr(program(alice), method)(path).status_code not in (401, 404)
    assert getattr(program(charlie, as_staff=True), method)(path).status_code not in (401, 404)


@pytest.mark.parametrize("name", [name for name, path in ROUTES.items() if path])
def test_nobody_reads_what_is_for_members(name):
    method = "post" if name in POST_ALONE else "get"
    assert getattr(APIClient(), method)(ROUTES[name]).status_code == 401


def takes_a_form(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", None)
    return (hasattr(view, "post") and "post" in view.http_method_names) or pattern.name == "signup"


def patterns_of_pages(patterns: Any) -> Any:
    for one in patterns:
        if isinstance(one, URLPattern):
            yield one
        elif not one.namespace:
            yield from patterns_of_pages(one.url_patterns)


def test_what_a_page_does_a_program_does_too():
    """A new page with a form is to be listed in tests/api/routes.py, beside the route that is its twin."""
    pages = {one.name for one in patterns_of_pages(get_resolver().url_patterns) if one.name and takes_a_form(one)}
    assert pages == set(TWINS) | NO_TWINS
    assert set(TWINS.values()) <= set(ROUTES) | set(OWNED)
