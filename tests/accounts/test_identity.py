"""Who an account is: its email and its username, in any letters."""

from importlib import import_module
from unicodedata import category, normalize

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from celerytask.environment import TERMINAL_EMAIL
from task.accounts.forms import IdentityForm
from task.accounts.identity import email_key, plain_email, username_key
from task.accounts.models import User
from task.jobs.testing import execute_all
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("email", ["alice@example.org", "ALICE@EXAMPLE.ORG", "aLiCe@Example.org"])
def test_an_email_in_another_case_is_the_same_account(alice, email):
    assert User.objects.get_by_natural_key(email) == alice
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(username="other", email=email)


@pytest.mark.parametrize("username", ["alice", "ALICE"])
def test_a_username_in_another_case_is_taken(alice, username):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(username=username, email="other@example.org")


def test_bulk_create_and_update_keep_the_keys_true(alice):
    User.objects.bulk_create([User(username="Bob", email="Bob@Example.org")])
    assert User.objects.get_by_natural_key("bob@example.org").username == "Bob"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(username="Bob").update(email="ALICE@example.org")
    User.objects.filter(username="Bob").update(email="Robert@Example.org")
    assert User.objects.get_by_natural_key("robert@example.ORG").username == "Bob"


def test_a_saved_name_is_found_without_its_accents(alice):
    alice.first_name, alice.last_name = "Zoë", "LÓPEZ"
    alice.save(update_fields=["first_name", "last_name"])
    alice.refresh_from_db()
    assert alice.name_key == "zoe lopez"


def test_the_look_up_at_log_in_uses_an_index(alice, django_assert_num_queries):
    plan = User.objects.with_email("alice@example.org").explain()
    assert "email_key" in plan
    with django_assert_num_queries(1):
        User.objects.get_by_natural_key("alice@example.org")


def test_an_unknown_account_costs_the_same_hash_as_a_known_one(rf, alice, monkeypatch):
    hashed = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    monkeypatch.setattr(hasher, lambda self, password, salt: hashed.append(password) or f"md5${salt}$00")
    for email in ("alice@example.org", "nobody@example.org"):
        hashed.clear()
        assert authenticate(rf.post("/"), username=email, password="wrong") is None
        assert hashed == ["wrong"]


def test_createsuperuser_asks_for_an_email_and_refuses_one_that_exists(alice, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="boss@example.org", username="boss", interactive=False, verbosity=0)
    assert User.objects.get_by_natural_key("BOSS@example.org").is_superuser
    with pytest.raises((CommandError, ValidationError), match="already"):
        call_command("createsuperuser", email="Alice@Example.org", username="x", interactive=False, verbosity=0)


def test_an_account_needs_an_email():
    with pytest.raises(ValueError, match="needs an email"):
        User.objects.create_user(username="nobody")


# Letters of typesetting, and what can't be seen: folded first, checked after

ANOTHER_WAY = [
    "member@ｅｘａｍｐｌｅ.com",
    "ｍｅｍｂｅｒ＠example.com",
    "member@example．com",
    "member@example。com",
    "MEMBER@exam\u00adple.com",
    "member@ex\u200bample.com",
    "\u3000member@example.com\u3000",
]


@pytest.mark.parametrize("email", ANOTHER_WAY)
def test_an_address_in_other_letters_is_the_same_account(email):
    member = User.objects.create_user(username="member", email="member@example.com")
    assert User.objects.get_by_natural_key(email) == User.objects.with_email(email).get() == member
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(username="other", email=email)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="other", email=email)])


@pytest.mark.parametrize("username", ["ａｌｉｃｅ", "𝐀lice", "ⒶⓁⒾⒸⒺ"])
def test_a_username_in_other_letters_is_taken(alice, username):
    assert User.objects.with_username(username).get() == alice
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username=username, email="other@example.org")])


def changes(letter):
    """Whether any of the foldings makes something else of it."""
    return letter.casefold() != letter or normalize("NFKC", letter) != letter or category(letter) in ("Cf", "Mn")


def test_a_folded_text_is_its_own_key_whatever_the_letter():
    letters = [chr(n) for n in range(0x20000) if not 0xD800 <= n < 0xE000 and changes(chr(n))]
    assert len(letters) > 5000
    for letter in letters:
        for text, key_of in ((f"a{letter}b", username_key), (f"a@b{letter}c.org", email_key)):
            assert key_of(key_of(text)) == key_of(text), ascii(letter)
        address = plain_email(f"a@b{letter}c.org")
        assert plain_email(address) == address, ascii(letter)


def test_an_address_may_have_a_name_of_another_script():
    assert plain_email("bob@Bücher.example") == plain_email("bob@XN--BCHER-KVA.example") == "bob@bücher.example"
    for nonsense in ("", "@", "bob", "bob@", "@..", "bob@xn--a", "b" * 5000 + "@" + "ü" * 5000, "bob@\ud800"):
        assert plain_email(plain_email(nonsense)) == plain_email(nonsense)


@pytest.mark.parametrize("page", ["signup", "profile", "admin:accounts_user_add", "admin:accounts_user_change"])
@pytest.mark.parametrize("email", ANOTHER_WAY)
def test_every_form_says_that_the_address_is_taken(page, email, client, alice, settings):
    settings.EMAIL_BACKEND = TERMINAL_EMAIL
    User.objects.create_user(username="member", email="member@example.com")
    assert "This email address already has an account" in refused(page, client, alice, email=email)["email"][0]


@pytest.mark.parametrize("page", ["signup", "profile", "admin:accounts_user_add", "admin:accounts_user_change"])
def test_every_form_says_that_the_username_is_taken_or_reserved(page, client, alice, settings):
    settings.EMAIL_BACKEND = TERMINAL_EMAIL
    User.objects.create_user(username="member", email="member@example.com")
    assert "taken" in refused(page, client, alice, username="ｍｅｍｂｅｒ")["username"][0]
    assert "random users" in refused(page, client, alice, username="ｍaria.lopez.14k2f")["username"][0]
    assert "random users" in refused(page, client, alice, email="maria.lopez.14k2f@ｅｘａｍｐｌｅ.com")["email"][0]
    assert "random users" in refused(page, client, alice, email="maria.lopez.14k2f@exam\u00adple.com")["email"][0]


@pytest.mark.parametrize("page", ["signup", "profile", "admin:accounts_user_add", "admin:accounts_user_change"])
def test_what_is_longer_once_it_is_folded_is_a_sentence(page, client, alice, settings):
    settings.EMAIL_BACKEND = TERMINAL_EMAIL
    assert "254" in refused(page, client, alice, email="ﬃ" * 82 + "@example.org")["email"][0]
    assert "150" in refused(page, client, alice, username="ﷺ" * 100)["username"][0]


def refused(page, client, alice, **changes):
    """The sentences of a form that was sent with these changes and saved nothing."""
    fields = {"username": "bob", "email": "bob@example.org", "password1": PASSWORD, "password2": PASSWORD}
    fields |= {"current_password": PASSWORD, "usable_password": "true", **changes}
    client.logout()
    if page != "signup":
        User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    if page.endswith("change"):
        fields |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    before = set(User.objects.values_list("username", "email"))
    answer = client.post(reverse(page, args=[alice.pk] if page.endswith("change") else []), fields)
    assert answer.status_code == 200
    assert set(User.objects.values_list("username", "email")) == before
    context = answer.context
    return (context["adminform"].form if "adminform" in context else context["form"]).errors


@pytest.mark.parametrize("email", ANOTHER_WAY)
def test_log_in_and_reset_know_the_account_in_other_letters(client, email):
    member = User.objects.create_user(username="member", email="member@example.com", password=PASSWORD)
    client.post(reverse("password_reset"), {"email": email})
    execute_all()
    assert [message.to for message in mail.outbox] == [["member@example.com"]]
    client.post(reverse("login"), {"username": email, "password": PASSWORD})
    assert int(client.session["_auth_user_id"]) == member.pk


def test_what_is_saved_is_what_was_checked(client, alice, settings):
    settings.EMAIL_BACKEND = TERMINAL_EMAIL
    fields = {
        "username": "ｂｏｂ",
        "email": "ｂｏｂ@ｅｘａｍｐｌｅ.ＯＲＧ",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(reverse("signup"), fields).status_code == 302
    bob = User.objects.exclude(pk=alice.pk).get()
    assert (bob.username, bob.email, bob.email_key) == ("bob", "bob@example.org", "bob@example.org")


def test_an_address_that_is_taken_between_check_and_save_is_a_sentence_in_the_administration(
    client, alice, monkeypatch
):
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    User.objects.create_user(username="other", email="bob@example.org")
    check, seen = IdentityForm.clean_email, []

    def sees_nobody_at_first(form):
        seen.append(form)
        return check(form) if len(seen) > 1 else form.cleaned_data["email"]

    monkeypatch.setattr(IdentityForm, "clean_email", sees_nobody_at_first)
    fields = {"username": "bob", "email": "bob@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post(reverse("admin:accounts_user_add"), {**fields, "usable_password": "true"})
    assert "already has an account" in answer.context["adminform"].form.errors["email"][0]


def test_keys_of_an_older_version_are_folded_and_no_account_is_lost(alice, capsys):
    named = {"wide": "ｗｉｄｅ@ｅｘａｍｐｌｅ.com", "member": "member@example.com", "late": "late@example.com"}
    for name, email in named.items():
        User.objects.create_user(username=name, email=email)
    QuerySet.update(User.objects.filter(username="wide"), email_key="ｗｉｄｅ@ｅｘａｍｐｌｅ.com")
    QuerySet.update(User.objects.filter(username="late"), email="ｍember@example.com", email_key="ｍember@example.com")
    import_module("task.accounts.migrations.0002_fold_keys").fold_again(apps, connection.schema_editor())
    assert User.objects.get_by_natural_key("wide@example.com").username == "wide"
    assert User.objects.get_by_natural_key("member@example.com").username == "member"
    late = User.objects.get(username="late")
    assert late.email_key == "ｍember@example.com"
    assert f"The account {late.pk} has the email of another account" in capsys.readouterr().out
