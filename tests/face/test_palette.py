"""What the palette finds, and for whom."""

import re
from uuid import uuid4

import pytest
from django.apps import apps
from django.urls import reverse

from task.books.models import Author, Book, BookAuthor
from task.books.search import index
from task.face import checks
from task.face.menu import MenuEntry
from task.face.palette import PaletteEntry, PaletteSearch, declared
from task.jobs.models import Job
from task.orders.models import Order
from tests.reading import read

URL = reverse("palette")
pytestmark = pytest.mark.django_db


def rows(client, text, group=""):
    """The titles of what is found, of one group or of all."""
    page = client.get(URL, {"q": text}).content.decode()
    groups = re.split(r'<li role="presentation" class="pal-group" data-group="', page)[1:]
    return [
        read(title)
        for part in groups
        if part.startswith(group)
        for title in re.findall(r'<b dir="auto">(.*?)</b>', part)
    ]


def job(owner, title, **columns):
    return Job.objects.create(kind="workbench.make", title=title, owner=owner, **columns)


def test_a_stranger_is_asked_to_log_in(client):
    assert client.get(URL, {"q": "a"}).headers["Location"].startswith(reverse("login"))
    assert client.get("/").content.decode().count('id="palette"') == 0


def test_nothing_is_changed_by_it(member):
    assert member.post(URL, {"q": "a"}).status_code == 405


def test_a_member_finds_own_jobs_alone_and_staff_all(member, client_of, alice, bob, charlie):
    job(alice, "Count sheep")
    job(bob, "Count goats")
    job(None, "Count stars")
    assert rows(member, "count", "jobs") == ["Count sheep"]
    assert rows(client_of(bob), "count", "jobs") == ["Count goats"]
    page = client_of(charlie).get(URL, {"q": "count"}).content.decode()
    assert sorted(rows(client_of(charlie), "count", "jobs")) == ["Count goats", "Count sheep", "Count stars"]
    assert "by bob, " in read(page)
    assert "automatic, " in read(page)


def test_three_are_shown_and_the_heading_says_how_many_there_are(member, alice):
    for number in range(4):
        job(alice, f"Count {number} sheep")
    assert len(rows(member, "sheep", "jobs")) == 3
    assert "Jobs, 4" in read(member.get(URL, {"q": "sheep"}).content.decode())
    Job.objects.bulk_create(Job(kind="x", title="One more sheep", owner=alice) for _ in range(100))
    assert "Jobs, more than 100" in read(member.get(URL, {"q": "sheep"}).content.decode())


def test_books_are_found_as_the_catalogue_finds_them(member):
    book = Book.objects.create(isbn="9781400033416", title="Beloved", state="filled", publish_date="1987", copies=2)
    BookAuthor.objects.create(book=book, author=Author.objects.create(name="Toni Morrison", key="/authors/OL1A"))
    other = Book.objects.create(isbn="9780140328721", title="Fantastic Mr Fox", state="not_found")
    index([book.pk, other.pk])
    for text in ("belo", "Toni", "morrison", "97814000334"):
        assert rows(member, text, "books") == ["Beloved"], text
    page = read(member.get(URL, {"q": "belo"}).content.decode())
    assert "Toni Morrison, 1987. 2 copies available" in page
    assert "not found" in member.get(URL, {"q": "fantastic"}).content.decode()


@pytest.mark.parametrize("text", ["9781400033416", "978-1-4000-3341-6", "1400033411"])
def test_an_isbn_offers_to_scan_it_before_all_else_by_a_form(member, text):
    assert rows(member, text)[0] == "Scan 9781400033416"
    page = member.get(URL, {"q": text}).content.decode()
    assert f'<form method="post" action="{reverse("books_scan")}" hidden>' in page
    assert '<input type="hidden" name="isbns" value="9781400033416">' in page
    assert "csrfmiddlewaretoken" in page
    assert not Book.objects.exists()


def test_what_is_no_isbn_offers_nothing(member):
    assert rows(member, "9781400033417") == []


@pytest.mark.parametrize("text", ["", "   ", "\0", "%", "_", "'", "x" * 3_000, "ß", "<b>"])
def test_odd_words_find_nothing_and_break_nothing(member, alice, text):
    job(alice, "Count sheep")
    answer = member.get(URL, {"q": text})
    assert answer.status_code == 200
    assert "<b>sheep" not in answer.content.decode()


def test_words_of_others_are_shown_as_text(member, alice):
    job(alice, "<script>alert(1)</script> sheep")
    book = Book.objects.create(isbn="9781400033416", title="<i>Sheep</i>", state="filled")
    index([book.pk])
    page = member.get(URL, {"q": "<"}).content.decode() + member.get(URL, {"q": "sheep"}).content.decode()
    assert "<script>alert" not in page
    assert "<i>" not in page


@pytest.mark.parametrize("words", ["sheep", "nothing is called so"])
def test_its_cost_does_not_grow_with_what_is_there(member, alice, django_assert_max_num_queries, words):
    for first in (0, 300):
        Job.objects.bulk_create(Job(kind="x", title=f"Sheep {number}", owner=alice) for number in range(first + 5))
        isbns = [f"9780{number:08}" for number in range(first, 2 * first + 5)]
        Book.objects.bulk_create(Book(isbn=isbn, title=f"Sheep {isbn}", state="filled") for isbn in isbns)
        with django_assert_max_num_queries(30):  # a third of them ask for a title, with each article before it
            member.get(URL, {"q": words})


def test_every_page_of_the_menu_is_known_to_it_and_staffs_to_staff_alone(member, client_of, charlie):
    def known(client):
        page = client.get("/jobs/").content.decode()
        return dict(re.findall(r'<li role="option" data-url="([^"]*)".*?<b>(.*?)</b>', page))

    own, of_staff = known(member), known(client_of(charlie))
    assert own["/"] == "Home"
    assert {"Scan", "Books", "Authors", "Orders", "Jobs", "Reports", "Users", "New report", "Your profile"} <= {
        *own.values()
    }
    assert {"Backups", "Schedules", "Back up now"} <= {*of_staff.values()} - {*own.values()}


def test_of_an_app_that_is_gone_it_shows_nothing(settings):
    assert "books" in [each.key for each in declared()]
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "task.books"]
    assert "books" not in [each.key for each in declared()]


def test_what_no_palette_could_show_is_told_at_the_start(monkeypatch):
    app = apps.get_app_config("workbench")
    page = PaletteEntry("workbench", "Workbench", "jobs_list", "page")
    search = PaletteSearch("workbench", "Things", "task.nowhere.things")
    monkeypatch.setattr(app, "palette", [page, search], raising=False)
    assert [problem.id for problem in checks.check_palette()] == ["face.E011", "face.E012", "face.E013"]
    entries = [MenuEntry(name, "Workbench", "jobs_list", letter=name) for name in ("s", "h", "ab")]
    monkeypatch.setattr(app, "menu", entries, raising=False)
    found = {(problem.id, problem.msg) for problem in checks.check_menu()}
    assert ("face.E009", "The letter of the menu entry “ab” is “ab”.") in found
    assert ("face.E010", "Two menu entries have the letter “s”.") in found
    assert ("face.E010", "Two menu entries have the letter “h”.") in found


def test_an_order_is_found_by_its_number_by_who_may_see_it(member, client_of, alice, bob, charlie):
    book = Book.objects.create(isbn="9781400033416", title="Beloved", state="filled", copies=2)
    order = Order.objects.create(book=book, quantity=2, owner=alice, job_id=uuid4())
    for text in (str(order.pk), "9781400033416", "beloved"):
        assert rows(member, text, "orders") == rows(client_of(charlie), text, "orders") == [f"Order {order.number}"]
        assert rows(client_of(bob), text, "orders") == []
    job(alice, f"Confirm order {order.number}")
    assert rows(member, order.number) == [f"Order {order.number}", f"Confirm order {order.number}"]
    assert rows(client_of(bob), order.number) == []
    assert "2 copies of Beloved" in read(member.get(URL, {"q": order.number}).content.decode())


def test_the_three_themes_are_actions(member):
    page = member.get("/jobs/").content.decode()
    found = re.findall(r'<b>(\w+ theme)</b>.*?<button name="theme" value="(\w+)"', page)
    assert found == [("Light theme", "light"), ("Dark theme", "dark"), ("System theme", "system")]
