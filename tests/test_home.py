"""The first page, the navigation that the features bring, and the pages of errors."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from task.face import errors, menu, panels, style


def signed_in(client: Client, **fields: object) -> Client:
    client.force_login(get_user_model().objects.create_user("marta", "marta@example.org", "secret words", **fields))
    return client


@pytest.mark.django_db
def test_strangers_learn_what_this_is_and_can_sign_up(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "It fills itself in." in page
    assert f'href="{reverse("signup")}"' in page
    assert reverse("jobs_list") not in page


@pytest.mark.django_db
def test_members_see_the_scan_box_and_what_the_features_bring(client: Client) -> None:
    page = signed_in(client).get("/").content.decode()
    assert 'class="scan-field"' in page
    assert "On the desk now" in page
    assert "Newest books" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "current"), [("/", "Home"), ("/jobs/", "Jobs"), ("/books/", "Books"), ("/books/scan/", "Scan")]
)
def test_the_menu_shows_where_you_are(client: Client, path: str, current: str) -> None:
    menu = signed_in(client).get(path).context["menu"]
    assert [entry.words for entry in menu if entry.current] == [current]


@pytest.mark.django_db
def test_forms_lists_and_what_is_for_staff_stand_apart(client: Client) -> None:
    groups = dict(signed_in(client).get("/reports/new/").context["menu_groups"])
    assert list(groups) == ["Start", "Look up", "Try out"]
    assert {"Generate users", "Order a book", "New report"} <= {entry.words for entry in groups["Start"]}
    assert {"Users", "Orders", "Reports"} <= {entry.words for entry in groups["Look up"]}
    assert [entry.words for entry in groups["Start"] if entry.current] == ["New report"]
    staff = get_user_model().objects.create_user("nils", "nils@example.org", "secret words", is_staff=True)
    client.force_login(staff)
    page = client.get("/backups/")
    (entries,) = [entries for words, entries in page.context["menu_groups"] if words == "For staff"]
    assert [(entry.words, entry.current) for entry in entries] == [("Backups", True), ("Schedules", False)]
    assert page.context["menu_is_within"]


@pytest.mark.django_db
def test_a_feature_that_is_gone_takes_its_entries_with_it(client: Client, settings: object) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "task.books"]  # type: ignore[attr-defined]
    request = RequestFactory().get("/")
    request.user = get_user_model()(username="marta")
    words = [entry.words for entry in menu.menu(request)["menu"]]
    assert "Jobs" in words
    assert "Books" not in words
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
    assert "Nothing stands here" in answer.content.decode()
    assert "See your jobs" in answer.content.decode()


@override_settings(ROOT_URLCONF="tests.browser.urls")
def test_the_page_of_a_500_needs_no_database(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("The page of a 500 asked the database.")

    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answer = client.get("/errors/500/")
    assert answer.status_code == 500
    assert "The desk stumbled" in answer.content.decode()


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
