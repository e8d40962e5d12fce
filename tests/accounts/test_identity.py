"""Who an account is: its email and its username, in any case."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from task.accounts.models import User
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
