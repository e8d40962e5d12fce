"""Tokens: made on the profile, shown once, ended by what ends sessions."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task.api.models import Token, digest_of
from task.jobs.testing import execute_all
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db

MAKE = "/accounts/profile/tokens/"
PASSWORD = "a good password"


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def made(client, **fields):
    answer = client.post(MAKE, {"name": "scanner", "current_password": PASSWORD, **fields})
    return answer, re.search(r"desk_[\w-]{43}", answer.content.decode())


class TestMaking:
    def test_the_answer_shows_it_once_and_keeps_its_digest(self, page, alice):
        answer, found = made(page)
        token = Token.objects.get(user=alice)
        assert token.digest == digest_of(found[0])
        assert "no-store" in answer.headers["Cache-Control"]
        assert not list(get_messages(answer.wsgi_request))
        assert found[0] not in str(dict(page.session))
        assert found[0] not in page.get("/accounts/profile/").content.decode()

    def test_a_wrong_password_makes_none(self, page):
        answer, found = made(page, current_password="wrong")
        assert "This is not your current password." in answer.content.decode()
        assert found is None
        assert not Token.objects.exists()

    def test_it_is_guessed_no_oftener_than_at_the_log_in(self, page, settings):
        settings.AXES_FAILURE_LIMIT = 3
        statuses = [made(page, current_password=f"wrong {n}")[0].status_code for n in range(4)]
        assert statuses[-1] == 429
        assert made(page)[0].status_code == 429

    def test_a_member_gets_no_staff_rights(self, page):
        made(page, as_staff="on")
        assert not Token.objects.get().as_staff

    def test_a_visitor_logs_in_first(self, client):
        assert client.post(MAKE, {"name": "x"}).status_code == 302


class TestRevoking:
    def test_it_works_no_more(self, page, alice, program):
        api = program(alice)
        assert api.get("/api/jobs/").status_code == 200
        page.post(f"{MAKE}{Token.objects.get().pk}/revoke/")
        assert api.get("/api/jobs/").status_code == 401

    def test_a_strangers_is_not_there(self, page, bob, program):
        api = program(bob)
        assert page.post(f"{MAKE}{Token.objects.get().pk}/revoke/").status_code == 404
        assert api.get("/api/jobs/").status_code == 200


class TestEnding:
    def test_by_a_changed_password(self, alice, program):
        api = program(alice)
        alice.set_password("another good one")
        alice.save()
        answer = api.get("/api/jobs/")
        assert answer.status_code == 401
        assert answer.json()["detail"].startswith("This token is not known, or it has ended.")

    def test_not_by_the_same_password_under_a_newer_hash(self, alice, program, settings, client):
        api = program(alice)
        ended = program(alice)
        Token.objects.filter(pk=Token.objects.latest("id").pk).update(of_password="of another one")
        newer = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
        settings.PASSWORD_HASHERS = [newer, *settings.PASSWORD_HASHERS]
        before = alice.password
        assert client.post("/accounts/login/", {"username": alice.email, "password": PASSWORD}).status_code == 302
        alice.refresh_from_db()
        assert alice.password != before
        assert (api.get("/api/jobs/").status_code, ended.get("/api/jobs/").status_code) == (200, 401)

    def test_by_an_account_that_is_switched_off(self, alice, program):
        api = program(alice)
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        assert api.get("/api/jobs/").status_code == 401

    def test_of_staffs_rights_by_demotion(self, charlie, program):
        api, of_member = program(charlie, as_staff=True), program(charlie)
        type(charlie).objects.filter(pk=charlie.pk).update(is_staff=False)
        assert api.get("/api/jobs/").status_code == 401
        assert of_member.get("/api/jobs/").status_code == 200


class TestRights:
    def test_a_token_of_staff_has_a_members_unless_it_was_made_for_more(self, alice, charlie, program):
        job = do_nothing.apply_async(owner=alice)
        assert program(charlie).get(f"/api/jobs/{job.pk}/").status_code == 404
        assert program(charlie, as_staff=True).get(f"/api/jobs/{job.pk}/").status_code == 200

    def test_whose_request_it_is_stays_as_it_is(self, charlie, program, rf):
        """The rights of a token are a reader's: nothing that keeps `request.user` may write them into the account."""
        program(charlie).post("/api/books/bulk-create", {"isbn": ["9780345418913"]}, format="json")
        execute_all()
        charlie.refresh_from_db()
        assert charlie.is_staff

    def test_its_last_use_is_noted_and_most_requests_write_nothing(self, alice, program):
        api = program(alice)
        api.get("/api/jobs/")
        assert Token.objects.get().last_used is not None
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/jobs/").status_code == 200
        assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]


def test_the_profile_lists_them(page, alice, program):
    program(alice)
    words = page.get("/accounts/profile/").content.decode()
    assert "tests" in words
    assert "Not used yet" in words
