import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from task.accounts.models import User
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import at_once, errors

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
        assert "Type your current password" in errors(
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
    assert "This is too similar to your email address." in errors(answer, "new_password1")
    assert not errors(answer, "new_password2")
    assert "do not match" in errors(
        member.post(reverse("password_change"), {**fields, "new_password2": "x"}), "new_password2"
    )


class TestGuessing:
    """Whoever finds a browser open may guess the current password as often as at the log-in, and no oftener."""

    CHANGE = {"new_password1": "another horse 9", "new_password2": "another horse 9"}
    PAGES = pytest.mark.parametrize(
        ("url", "field", "fields"),
        [
            (reverse("password_change"), "old_password", CHANGE),
            (URL, "current_password", {**FIELDS, "email": "new@example.org", "first_name": "Ada"}),
        ],
        ids=["password change", "profile"],
    )

    @pytest.fixture(autouse=True)
    def three_tries(self, settings, clock):
        cache.clear()
        settings.AXES_FAILURE_LIMIT = 3

    @PAGES
    def test_it_is_stopped_with_a_sentence_and_what_was_typed_stays(self, member, alice, clock, url, field, fields):
        for _ in range(2):
            assert not errors(member.post(url, {**fields, field: "wrong"}), field).startswith("Too many")
        for password in ("wrong", PASSWORD):
            answer = member.post(url, {**fields, field: password})
            assert answer.status_code == 429
            assert answer.context["form"].errors[field][0].startswith("Too many wrong passwords. Try again in 15 min")
            assert fields.get("first_name", "") in answer.content.decode()
        alice.refresh_from_db()
        assert (alice.email, alice.check_password(PASSWORD)) == ("Alice@example.org", True)
        clock[0] += 15 * 60
        assert member.post(url, {**fields, field: PASSWORD}).status_code == 302

    @PAGES
    def test_the_right_one_forgets_the_wrong_ones(self, member, alice, url, field, fields):
        for _ in range(3):
            for _ in range(2):
                assert member.post(url, {**fields, field: "wrong"}).status_code == 200
            assert member.post(url, {**fields, field: PASSWORD}).status_code == 302
            alice.set_password(PASSWORD)
            alice.email = "Alice@example.org"
            alice.save()
            member.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    def test_both_pages_count_together_and_each_account_for_itself(self, member, sam, staff):
        for url, field, fields in (
            (URL, "current_password", {**FIELDS, "email": "new@example.org"}),
            (reverse("password_change"), "old_password", self.CHANGE),
            (URL, "current_password", {**FIELDS, "email": "new@example.org"}),
        ):
            answer = member.post(url, {**fields, field: "wrong"})
        assert answer.status_code == 429
        answer = staff.post(reverse("password_change"), {**self.CHANGE, "old_password": PASSWORD})
        assert answer.status_code == 302

    def test_no_password_at_all_is_no_try(self, member, alice):
        for _ in range(5):
            assert member.post(URL, {**FIELDS, "email": "new@example.org"}).status_code == 200
            assert member.post(reverse("password_change"), self.CHANGE).status_code == 200
        assert member.post(URL, {**FIELDS, "email": "new@example.org", "current_password": PASSWORD}).status_code == 302

    def test_a_new_password_by_email_ends_it(self, member, alice, client):
        for _ in range(3):
            member.post(reverse("password_change"), {**self.CHANGE, "old_password": "wrong"})
        client.post(reverse("password_reset"), {"email": alice.email})
        execute_all()
        [link] = re.findall(r"https?://[^/]+(/accounts/reset/\S+)", mail.outbox[0].body)
        form = client.get(link, follow=True)
        client.post(form.redirect_chain[-1][0], {"new_password1": PASSWORD, "new_password2": PASSWORD})
        member.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        answer = member.post(reverse("password_change"), {**self.CHANGE, "old_password": PASSWORD})
        assert answer.status_code == 302

    def test_the_administration_has_no_page_of_its_own_for_it(self, staff):
        for answer in (staff.get("/admin/password_change/"), staff.post("/admin/password_change/", {})):
            assert answer.headers["Location"] == reverse("password_change")

    @pytest.mark.django_db(transaction=True)
    def test_who_guesses_at_once_has_no_more_tries(self, alice, client_of, monkeypatch):
        tried = []
        monkeypatch.setattr(User, "check_password", lambda self, raw: tried.append(raw))
        browsers = [client_of(alice) for _ in range(8)]
        fields = {**self.CHANGE, "old_password": "wrong"}
        answers = at_once([lambda each=each: each.post(reverse("password_change"), fields) for each in browsers])
        assert tried == ["wrong"] * 3
        assert sum(answer.status_code == 429 for answer in answers) >= 5


def test_the_time_zone_is_one_that_there_is(member, alice):
    page = member.get(URL).content.decode()
    assert '<option value="" selected>Same as my browser</option>' in page
    assert member.post(URL, {**FIELDS, "time_zone": "Europe/Warsaw"}).status_code == 302
    alice.refresh_from_db()
    assert alice.time_zone == "Europe/Warsaw"
    assert '<option value="Europe/Warsaw" selected>Warsaw (UTC+' in member.get(URL).content.decode()
    assert errors(member.post(URL, {**FIELDS, "time_zone": "Mars/Olympus"}), "time_zone")
    assert member.post(URL, {**FIELDS, "time_zone": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.time_zone == ""
