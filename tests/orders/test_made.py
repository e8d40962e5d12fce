"""The order on the pages of its jobs, and its jobs on its own page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.orders import stock
from tests.orders.conftest import order_of

pytestmark = pytest.mark.django_db


def test_the_confirmation_leads_to_its_order(member: Client, alice: Any, book: Book) -> None:
    order = order_of(alice, book, 2)
    execute_all()
    text = member.get(order.job.get_absolute_url()).content.decode()
    assert text.index("What it made") < text.index(order.get_absolute_url())
    assert f"{order.number}, 2 copies" in text


def test_the_email_about_its_end_leads_there_too_but_did_not_make_it(staff: Client, charlie: Any, book: Book) -> None:
    order = order_of(charlie, book)
    stock.fulfil(order, charlie)
    order.refresh_from_db()
    text = staff.get(order.ended_job.get_absolute_url()).content.decode()
    assert "The order</h2>" in text
    assert order.get_absolute_url() in text


def test_a_job_whose_order_is_somebody_elses_does_not_show_it(
    client_of: Callable[[Any], Client], alice: Any, bob: Any, book: Book
) -> None:
    order = order_of(alice, book)
    Job.objects.filter(pk=order.job_id).update(owner=bob)
    text = client_of(bob).get(order.job.get_absolute_url()).content.decode()
    assert order.get_absolute_url() not in text


def test_a_job_that_names_no_order_shows_none(member: Client, alice: Any, book: Book) -> None:
    order = order_of(alice, book)
    for odd in ({}, {"order": ""}, {"order": None}, {"order": "x"}, {"order": "2026-99999"}):
        Job.objects.filter(pk=order.job_id).update(arguments=odd)
        answer = member.get(order.job.get_absolute_url())
        assert answer.status_code == 200
        assert order.get_absolute_url() not in answer.content.decode()


def test_an_order_links_those_of_its_jobs_that_one_may_see(
    member: Client, staff: Client, alice: Any, charlie: Any, book: Book
) -> None:
    order = order_of(alice, book)
    stock.fulfil(order, charlie)
    order.refresh_from_db()
    links = [order.job.get_absolute_url(), order.ended_job.get_absolute_url()]
    page = staff.get(order.get_absolute_url()).content.decode()
    assert all(link in page for link in links)
    own = member.get(order.get_absolute_url()).content.decode()
    assert [link in own for link in links] == [True, False]


def test_what_its_ended_job_offers_is_to_order_again(member: Client, alice: Any, book: Book) -> None:
    order = order_of(alice, book, 2)
    execute_all()
    text = member.get(order.job.get_absolute_url()).content.decode()
    assert "Order again</a>" in text
    assert "Run again" not in text


def test_the_email_of_an_order_leads_to_its_job_for_who_may_see_that(
    member: Client, staff: Client, alice: Any, charlie: Any, book: Book
) -> None:
    order = order_of(alice, book)
    execute_all()
    for reader in (member, staff):
        assert f'<a href="{order.job.get_absolute_url()}">sent' in reader.get("/orders/").content.decode()
    stock.fulfil(order, charlie)
    execute_all()
    order.refresh_from_db()
    assert f'<a href="{order.ended_job.get_absolute_url()}">sent' in staff.get("/orders/").content.decode()
    assert order.ended_job.get_absolute_url() not in member.get("/orders/").content.decode()


def test_its_page_leads_to_the_email_itself_whoever_ended_it(
    member: Client, staff: Client, client_of: Callable[[Any], Client], alice: Any, bob: Any, charlie: Any, book: Book
) -> None:
    order = order_of(alice, book)
    assert 'href="/emails/' not in member.get(order.get_absolute_url()).content.decode()
    stock.fulfil(order, charlie)
    execute_all()
    for reader in (member, staff):
        link = re.search(r'<a href="(/emails/[^"]+)">sent', reader.get(order.get_absolute_url()).content.decode())
        assert link
        assert "is fulfilled" in reader.get(link[1]).content.decode()
        assert client_of(bob).get(link[1]).status_code == 404
