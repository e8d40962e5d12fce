"""What the log never holds: an address that lets somebody in."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import OperationalError
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from task.accounts import sign_up_views
from task.accounts.invitations import Invitation
from task.accounts.models import PendingSignUp
from task.jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_token_in_the_log(client, caplog, monkeypatch):
    pending = PendingSignUp.objects.create(pk=Job().pk, username="dora", email="dora@example.org", password="!")
    url = f"/accounts/signup/finish/{pending.token}/"

    def away(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr(sign_up_views.FinishView, "save_rows", away)
    answer = client.post(url, {"username": "dora", "form_token": "x"})
    assert answer.status_code == 503
    assert PendingSignUp.objects.filter(pk=pending.pk).exists()  # the link still works
    assert pending.token not in caplog.text


def test_no_token_of_an_invitation_in_the_log(client, caplog, monkeypatch):
    invitation = Invitation.objects.create(pk=Job().pk, email="dora@example.org")
    fields = {"username": "dora", "password1": "correct horse 9", "password2": "correct horse 9", "form_token": "x"}

    def away(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr(sign_up_views.InvitedView, "save_rows", away)
    assert client.post(reverse("invited", args=[invitation.token]), fields).status_code == 503
    assert Invitation.objects.open().exists()
    assert invitation.token not in caplog.text


def test_no_reset_token_in_the_log(client, caplog, monkeypatch, alice):
    token = default_token_generator.make_token(alice)
    url = reverse("password_reset_confirm", args=[urlsafe_base64_encode(force_bytes(alice.pk)), token])

    def away(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr(PasswordResetConfirmView, "get_user", away)
    client.raise_request_exception = False
    assert client.get(url).status_code == 503
    assert token not in caplog.text
