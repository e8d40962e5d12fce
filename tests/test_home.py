"""The first page, the navigation that the features bring, and the pages of errors."""

from datetime import timedelta
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from task.backups.models import Backup
from task.books.models import Author
from task.face import errors, menu, panels, style
from task.jobs.engine.clock import Now
from task.jobs.models import Job, State
from task.jobs.pages.home import menu_counts


def signed_in(client: Client, **fields: object) -> Client:
    client.force_login(get_user_model().objects.create_user("marta", "marta@example.org", "secret words", **fields))
    return client


@pytest.mark.django_db
def test_strangers_learn_what_this_is_and_can_sign_up(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "We fill in the rest." in page
    assert f'href="{reverse("signup")}"' in page
    assert reverse("jobs_list") not in page


@pytest.mark.django_db
def test_members_see_the_scan_box_and_what_the_features_bring(client: Client) -> None:
    page = signed_in(client).get("/").content.decode()
    assert 'class="scan-field"' in page
    assert "Newest books" in page


def job(owner: object, **fields: object) -> Job:
    return Job.objects.create(**{"kind": "x", "title": "Sing", "owner": owner, "state": "failed", **fields})


@pytest.mark.django_db
def test_a_calm_desk_has_no_empty_boxes(client: Client) -> None:
    page = signed_in(client).get("/").content.decode()
    for words in ("Needs attention", "In progress", "Last 24 hours", "data-live", 'class="split"'):
        assert words not in page


@pytest.mark.django_db
def test_what_runs_takes_the_full_width_unless_it_has_a_neighbour(client: Client) -> None:
    job(signed_in(client).get("/").wsgi_request.user, state="running", started=timezone.now())
    page = client.get("/").content.decode()
    assert "In progress</h2>" in page
    assert '<div id="home" data-live="/">' in page
    assert 'class="split"' not in page
    both = [panels.Panel("t.side", "tests.test_home.a_panel", place="side")]
    with mock.patch.object(apps.get_app_config("workbench"), "panels", both, create=True):
        assert 'class="split"' in client.get("/").content.decode()


def a_panel(request: object) -> tuple[str, dict[str, object]]:
    return "_empty.html", {"sentence": "Beside it."}


@pytest.mark.django_db
def test_what_failed_comes_before_all_else_and_is_counted(client: Client) -> None:
    user = signed_in(client).get("/").wsgi_request.user
    for number in range(5):
        created = timezone.now() + timedelta(seconds=number)
        job(user, title=f"Sing {number}", error="The <b>choir</b> is ill.", created=created)
    job(user, title="Dismissed", dismissed_at=timezone.now())
    page = client.get("/").content.decode()
    assert "Needs attention</h2><span>5</span>" in page
    assert [number for number in range(5) if f"Sing {number}</a>" in page] == [2, 3, 4]
    assert "2 more failed jobs" in page
    assert "The &lt;b&gt;choir&lt;/b&gt; is ill.</p>" in page
    assert "Dismissed" not in page
    assert page.index("Needs attention") < page.index("Newest books")


@pytest.mark.django_db
def test_a_failed_backup_of_ones_own_is_told_once(client: Client) -> None:
    user = signed_in(client, is_staff=True).get("/").wsgi_request.user
    failed = job(user, kind="backups.back_up", title="Back up", error="The disk is full.")
    Backup.objects.create(job=failed, name="desk-20200101T000000Z-x.tar.gz", state="failed", reason="The disk is full.")
    assert client.get("/").content.decode().count("The disk is full.") == 1
    client.post(f"/jobs/{failed.pk}/leave/")
    assert "Needs attention" not in client.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/", ""),
        ("/jobs/", "Jobs page"),
        ("/books/", "Books page"),
        ("/books/scan/", "Scan page"),
        ("/authors/", "Books true"),
        ("/people/", "Books true"),
        ("/subjects/", "Books true"),
        ("/orders/new/", "Orders true"),
        ("/reports/new/", "Reports true"),
        ("/generate/", "Users true"),
        ("/accounts/profile/", ""),
    ],
)
def test_the_menu_shows_where_you_are(client: Client, path: str, marked: str) -> None:
    context = signed_in(client).get(path).context
    under_more = [entry for _, entries in context["menu_more"] for entry in entries]
    found = [f"{entry.words} {entry.current}" for entry in [*context["menu"], *under_more] if entry.current]
    assert found == ([marked] if marked else [])
    assert context["menu_is_within"] is (marked in ("Reports true", "Users true"))


@pytest.mark.django_db
def test_the_page_of_an_author_marks_books(client: Client) -> None:
    author = Author.objects.create(name="Ursula K. Le Guin", key="name:ursula k. le guin")
    menu = signed_in(client).get(author.get_absolute_url()).context["menu"]
    assert [entry.words for entry in menu if entry.current] == ["Books"]


@pytest.mark.django_db
def test_the_mark_is_home(client: Client) -> None:
    signed_in(client)
    assert 'href="/" aria-label="the desk, home" aria-current="page"' in client.get("/").content.decode()
    assert 'href="/" aria-label="the desk, home">' in client.get("/jobs/").content.decode()


@pytest.mark.django_db
def test_a_member_finds_what_people_do_and_no_form_among_it(client: Client) -> None:
    context = signed_in(client).get("/").context
    assert [entry.words for entry in context["menu"]] == ["Scan", "Books", "Orders", "Jobs"]
    ((words, entries),) = context["menu_more"]
    assert words == "Also here"
    assert {"Reports", "Users", "Playground"} <= {entry.words for entry in entries}
    starts = {entry.words for entry in context["menu_start"]}
    assert starts >= {"Order a book", "New report", "Generate users"}  # and those of apps beside task/
    assert not starts & {entry.words for entry in entries}


@pytest.mark.django_db
def test_staff_find_theirs_under_their_own_heading(client: Client) -> None:
    signed_in(client, is_staff=True)
    page = client.get("/backups/")
    entries = dict(page.context["menu_more"])["For staff"]
    assert {"Backups", "Schedules"} <= {entry.words for entry in entries}
    assert [entry.words for entry in entries if entry.current] == ["Backups"]
    assert page.context["menu_is_within"]
    assert "Administration" not in [entry.words for entry in entries]  # without a right there is nothing in it
    get_user_model().objects.update(is_superuser=True)
    assert dict(client.get("/").context["menu_more"])["For staff"][-1].words == "Administration"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "searches"),
    [
        ("/", "books /books/"),
        ("/orders/new/", "orders /orders/"),
        ("/jobs/{job}/", "jobs /jobs/"),
        ("/generate/", "users /users/"),
        ("/books/scan/", "books /books/"),
        ("/reports/", "books /books/"),
        ("/accounts/profile/", "books /books/"),
    ],
)
def test_the_header_searches_what_the_page_is_about_and_says_so(client: Client, path: str, searches: str) -> None:
    job = Job.objects.create(kind="workbench.empty", title="x")
    answer = signed_in(client, is_staff=True).get(path.format(job=job.pk))
    what, address = searches.split()
    assert answer.context["menu_search"] == menu.Search(address, what)
    assert f'<form class="nav-search" action="{address}" role="search" aria-label="Search {what}">' in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/books/", "/authors/", "/orders/", "/users/", "/jobs/"])
def test_a_list_has_one_search_field(client: Client, path: str) -> None:
    assert signed_in(client).get(path).text.count('type="search"') == 1


@pytest.mark.django_db
def test_the_menu_tells_what_runs_and_what_failed(client: Client) -> None:
    signed_in(client)
    assert "nav-count" not in client.get("/accounts/profile/").text
    marta = get_user_model().objects.get()
    for state in (State.RUNNING, State.RUNNING, State.FAILED, State.QUEUED, State.SUCCEEDED):
        Job.objects.create(kind="workbench.empty", title="Mine", owner=marta, state=state)
    Job.objects.create(kind="workbench.empty", title="Seen", owner=marta, state=State.FAILED, dismissed_at=Now())
    Job.objects.create(kind="workbench.empty", title="The desk's", state=State.RUNNING)
    (jobs,) = [entry for entry in client.get("/accounts/profile/").context["menu"] if entry.words == "Jobs"]
    assert jobs.counts == [(2, "running"), (1, "failed")]
    page = client.get("/accounts/profile/").text
    assert '2<span class="visually-hidden"> running</span>' in page
    assert '1<span class="visually-hidden"> failed</span>' in page


@pytest.mark.django_db
def test_what_the_menu_counts_is_bounded_and_stands_in_an_index(client: Client) -> None:
    marta = get_user_model().objects.create_user("marta", "marta@example.org")
    Job.objects.bulk_create(
        Job(kind="workbench.empty", title="x", owner=marta, state=state)
        for state in (State.RUNNING, State.FAILED)
        for _ in range(120)
    )
    request = RequestFactory().get("/")
    request.user = marta
    with CaptureQueriesContext(connection) as queries:
        assert menu_counts(request) == [(100, "running"), (100, "failed")]
    assert len(queries) == 2
    if connection.vendor == "sqlite":
        for query in queries:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plan = " ".join(str(row) for row in cursor.fetchall())
            assert "job_newest_own_in_state" in plan
            assert "TEMP B-TREE" not in plan


@pytest.mark.django_db
def test_a_feature_that_is_gone_takes_its_entries_with_it(client: Client, settings: object) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "task.books"]  # type: ignore[attr-defined]
    request = RequestFactory().get("/")
    request.user = get_user_model()(username="marta")
    found = menu.menu(request)
    words = [entry.words for entry in found["menu"]]
    assert "Jobs" in words
    assert "Books" not in words
    assert found["menu_search"].what != "books"
    assert not [panel for panel in panels.home_panels(request)["band"] if "scan-field" in panel]


@pytest.mark.django_db
@pytest.mark.parametrize(("cookie", "written"), [("dark", True), ("light", True), ('"><script>', False), ("", False)])
def test_the_kept_theme_is_written_by_the_server(client: Client, cookie: str, written: bool) -> None:
    client.cookies["theme"] = cookie
    page = client.get(reverse("login")).content.decode()
    assert (f'data-bs-theme="{cookie}"' in page) is written
    assert '"><script>' not in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nothing/", "/jobs/00000000-0000-0000-0000-000000000000/"])
def test_what_does_not_exist_is_a_404_with_ways_on(client: Client, path: str) -> None:
    answer = signed_in(client).get(path)
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert "See your jobs" in answer.content.decode()


@override_settings(ROOT_URLCONF="tests.browser.urls")
def test_the_page_of_a_500_needs_no_database(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("The page of a 500 asked the database.")

    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answer = client.get("/errors/500/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_a_500_is_answered_even_when_its_page_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> str:
        raise ValueError("no manifest")

    monkeypatch.setattr(errors, "render_to_string", fail)
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Try again" in answer.content


@pytest.mark.django_db
def test_who_comes_to_a_buttons_address_by_a_link_gets_a_way_back(client: Client) -> None:
    signed_in(client)
    for path, back in (("/books/9780451524935/lookup/", "/books/9780451524935/"), ("/accounts/logout/", "/")):
        answer = client.get(path)
        assert answer.status_code == 405
        assert answer.headers["Allow"]
        assert f'href="{back}"' in answer.content.decode()


def test_a_form_without_its_token_says_what_to_do(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"username": "x"})
    assert answer.status_code == 403
    assert "needs cookies" in answer.content.decode()
    client.cookies["theme"] = "dark"
    assert "open for too long" in client.post("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_no_list_of_the_administration_falls_over_a_nul(client: Client) -> None:
    signed_in(client, is_staff=True, is_superuser=True)
    for path in ("/admin/orders/order/?state=%00", "/admin/jobs/job/?state=%00x", "/jobs/?kind=%00&q=%00"):
        assert client.get(path, follow=True).status_code == 200
    request = client.get("/books/?q=a%%0000b&%00x=1").wsgi_request
    assert request.GET.dict() == {"q": "a%00b", "x": "1"}  # nor does what is left make a new one


# The style page


@pytest.mark.django_db
def test_the_style_page_is_for_staff(client: Client) -> None:
    assert client.get("/style/").status_code == 302
    assert signed_in(client).get("/style/").status_code == 404
    get_user_model().objects.update(is_staff=True)
    page = client.get("/style/").content.decode()
    for sign in ("#f2bf4b", "state-bad", "strokes-job", "is-invalid", "toast-error", "cover-grid", 'class="hours"'):
        assert sign in page


@pytest.mark.parametrize("colour", style.colours(), ids=lambda colour: colour.name)
def test_colours_keep_their_distance_in_both_themes(colour: style.Colour) -> None:
    """4.5 for what is read, 3 for borders and strokes."""
    if colour.contrast:
        lowest = 3 if colour.name in ("line-2", "desk-line", "on", "seam") else 4.5
        assert min(colour.contrast) >= lowest


def test_contrast_is_that_of_the_standard() -> None:
    assert round(style.contrast("#000000", "#ffffff"), 2) == 21
    assert round(style.contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.django_db
def test_a_cache_tells_a_page_from_its_live_part(client: Client) -> None:
    signed_in(client)
    for path in ("/", "/jobs/", "/books/", "/users/"):
        for headers in ({}, {"HX-Request": "true"}):
            assert "HX-Request" in client.get(path, headers=headers)["Vary"]


@pytest.mark.django_db
def test_counts_are_asked_for_anew_while_something_runs_and_no_longer(client: Client) -> None:
    signed_in(client)
    ada = get_user_model().objects.get()
    job = Job.objects.create(kind="accounts.generate", title="Generate", owner=ada, state="running")
    url = "/menu/jobs/counts/?at=band"
    assert f'data-live="{url}"' in client.get("/accounts/profile/").text
    piece = client.get(url)
    assert f'data-live="{url}"' in piece.text
    assert "<html" not in piece.text
    Job.objects.filter(pk=job.pk).update(state="failed")
    piece = client.get(url).text
    assert "data-live" not in piece
    assert "failed" in piece
    assert client.get("/menu/books/counts/").status_code == 404
    assert Client().get(url).status_code == 302
