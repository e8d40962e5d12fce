import pytest
from django.urls import reverse

from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import errors

URL = reverse("profile")
FIELDS = {"username": "alice", "email": "Alice@example.org", "first_name": "Alice", "last_name": "Liddell"}
pytestmark = pytest.mark.django_db


def test_a_stranger_is_asked_to_log_in(client):
    for url in (URL, reverse("password_change")):
        assert client.get(url).headers["Location"].startswith(reverse("login"))
        assert client.post(url, FIELDS).headers["Location"].startswith(reverse("login"))


def test_name_and_username_are_saved(member, alice):
    assert member.post(URL, {**FIELDS, "username": "Alicia"}).headers["Location"] == URL
    alice.refresh_from_db()
    assert (alice.username, alice.get_full_name(), alice.name_key) == ("Alicia", "Alice Liddell", "alice liddell")


def test_the_page_shows_the_own_jobs(member):
    assert reverse("jobs_list") in member.get(URL).content.decode()


def test_another_email_needs_the_password(member, alice):
    fields = {**FIELDS, "email": "new@example.org"}
    for wrong in ("", "wrong"):
        assert "Type your password" in errors(
            member.post(URL, {**fields, "current_password": wrong}), "current_password"
        )
    alice.refresh_from_db()
    assert alice.email == "Alice@example.org"
    assert member.post(URL, {**fields, "current_password": PASSWORD}).status_code == 302
    alice.refresh_from_db()
    assert (alice.email, alice.email_key) == ("new@example.org", "new@example.org")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "SAM@example.org"}, "email"),
        ({"username": "SAM"}, "username"),
        ({"email": ""}, "email"),
        ({"username": "a b"}, "username"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"username": "maria.lopez.14k2f"}, "username"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_saved(member, alice, sam, changes, field):
    assert errors(member.post(URL, {**FIELDS, **changes, "current_password": PASSWORD}), field)
    alice.refresh_from_db()
    assert (alice.username, alice.email) == ("alice", "Alice@example.org")


def test_nobody_makes_themselves_staff(member, alice):
    member.post(URL, {**FIELDS, "is_staff": "on", "is_superuser": "on", "is_random": "on"})
    alice.refresh_from_db()
    assert not (alice.is_staff)
    assert not (alice.is_superuser)
    assert not (alice.is_random)


def test_markup_in_a_name_is_shown_as_text(member, alice):
    member.post(URL, {**FIELDS, "first_name": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in member.get(URL).content.decode()


def test_the_password_is_changed_and_the_session_stays(member, alice):
    fields = {"old_password": PASSWORD, "new_password1": "another horse 9", "new_password2": "another horse 9"}
    assert errors(member.post(reverse("password_change"), {**fields, "old_password": "wrong"}), "old_password")
    assert member.post(reverse("password_change"), fields).headers["Location"] == URL
    alice.refresh_from_db()
    assert alice.check_password("another horse 9")
    assert member.get(URL).status_code == 200


def test_what_is_wrong_with_a_changed_password_stands_at_the_first_field(member):
    fields = {"old_password": PASSWORD, "new_password1": "alice@example.org", "new_password2": "alice@example.org"}
    answer = member.post(reverse("password_change"), fields)
    assert "This is too much like your email address." in errors(answer, "new_password1")
    assert not errors(answer, "new_password2")
    assert "not the same" in errors(
        member.post(reverse("password_change"), {**fields, "new_password2": "x"}), "new_password2"
    )
