"""The three positions of the theme without a script: a cookie, and back to the page, but to no other desk."""

import pytest
from django.test import Client
from django.urls import reverse

ADDRESS = "/theme/"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_button_keeps_the_theme_for_a_year_and_comes_back(client: Client, theme: str) -> None:
    answer = client.post(ADDRESS, {"theme": theme, "next": "/books/?q=sea"})
    assert (answer.status_code, answer.url) == (302, "/books/?q=sea")
    cookie = answer.cookies["theme"]
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == (theme, 31_536_000, "/", "Lax")


@pytest.mark.django_db
def test_the_next_page_has_it_and_its_button_is_pressed(client: Client) -> None:
    page = reverse("login")
    assert 'value="system" aria-pressed="true"' in client.get(page).text
    client.post(ADDRESS, {"theme": "dark", "next": page})
    shown = client.get(page).text
    assert '<html lang="en" data-bs-theme="dark">' in shown
    assert 'value="dark" aria-pressed="true"' in shown
    assert shown.count('aria-pressed="true"') == shown.count("data-theme-form")
    client.post(ADDRESS, {"theme": "system", "next": page})
    assert '<html lang="en">' in client.get(page).text


def test_what_is_no_theme_changes_nothing(client: Client) -> None:
    client.cookies["theme"] = "dark"
    answer = client.post(ADDRESS, {"theme": '"><script>'})
    assert (answer.status_code, answer.url, dict(answer.cookies)) == (302, "/", {})


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_it_leads_to_no_other_desk(client: Client, back: str) -> None:
    assert client.post(ADDRESS, {"theme": "dark", "next": back}).url == "/"


@pytest.mark.django_db
def test_it_needs_the_forms_token_and_no_get_changes_it() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(ADDRESS, {"theme": "dark"}).status_code == 403
    answer = client.get(ADDRESS, {"theme": "dark"})
    assert (answer.status_code, "theme" in answer.cookies) == (405, False)
