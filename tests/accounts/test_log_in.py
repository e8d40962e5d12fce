import pytest
from django.urls import reverse

from tests.accounts.conftest import PASSWORD
from tests.accounts.pages import errors

URL = reverse("login")
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("email", ["alice@example.org", "ALICE@EXAMPLE.ORG", " Alice@example.org "])
def test_the_email_signs_in_in_any_case(client, alice, email):
    response = client.post(URL, {"username": email, "password": PASSWORD})
    assert response.headers["Location"] == reverse("home")
    assert int(client.session["_auth_user_id"]) == alice.pk


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("alice", PASSWORD),
        ("alice@example.org", "\0"),
    ],
)
def test_a_wrong_pair_is_one_sentence_whichever_is_wrong(client, alice, email, password):
    response = client.post(URL, {"username": email, "password": password})
    if "\0" not in password:
        assert "Wrong email address or password" in errors(response, "__all__")
    assert "_auth_user_id" not in client.session


def test_next_leads_back_but_never_to_another_site(client, alice):
    fields = {"username": alice.email, "password": PASSWORD}
    assert client.post(f"{URL}?next=/users/", fields).headers["Location"] == "/users/"
    client.logout()
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = client.post(URL, {**fields, "next": elsewhere})
        assert answer.headers["Location"] == reverse("home")
        client.logout()


def test_a_person_who_is_signed_in_is_sent_home(member):
    assert member.get(URL).headers["Location"] == reverse("home")


def test_an_account_that_is_not_active_cannot_log_in(client, alice):
    alice.is_active = False
    alice.save()
    assert client.post(URL, {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_logging_out_is_a_post(member):
    assert member.get(reverse("logout")).status_code == 405
    assert "_auth_user_id" in member.session
    assert member.post(reverse("logout")).headers["Location"] == reverse("home")
    assert "_auth_user_id" not in member.session


class TestThrottle:
    @pytest.fixture(autouse=True)
    def axes(self, settings):
        settings.AXES_ENABLED = True
        settings.AXES_FAILURE_LIMIT = 3

    def test_guessing_is_stopped_however_the_address_is_written(self, client, alice):
        for email in ("alice@example.org", "ALICE@example.org", "Alice@Example.org"):
            response = client.post(URL, {"username": email, "password": "wrong"})
        assert response.status_code == 429
        assert "Too many attempts" in response.content.decode()
        response = client.post(URL, {"username": "aLICE@example.org", "password": PASSWORD})
        assert response.status_code == 429
        assert "_auth_user_id" not in client.session

    def test_another_client_can_still_log_in(self, client, alice):
        for _ in range(3):
            client.post(URL, {"username": alice.email, "password": "wrong"})
        client.post(URL, {"username": alice.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
        assert int(client.session["_auth_user_id"]) == alice.pk

    def test_a_good_log_in_forgets_the_bad_ones(self, client, alice):
        for _ in range(3):
            for _ in range(2):
                client.post(URL, {"username": "alice@EXAMPLE.org", "password": "wrong"})
            client.post(URL, {"username": "ALICE@example.org", "password": PASSWORD})
            assert int(client.session["_auth_user_id"]) == alice.pk
            client.logout()
