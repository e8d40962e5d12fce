"""Each kind of job of this feature is killed before each of its statements."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection

from task.accounts import tasks
from task.accounts.invitations import Invitation
from task.accounts.models import OPEN_FOR, PendingSignUp, User, UserBatch
from task.accounts.random_users import random_users
from task.jobs import Now
from task.jobs.testing import assert_survives

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(tasks, "STEP", 20)
    monkeypatch.setattr(tasks, "DELETE_STEP", 20)


def test_the_welcome_email_survives(alice):
    assert assert_survives(tasks.send_welcome, owner=alice) >= 5


def sign_up(email):
    return lambda job: PendingSignUp.objects.create(pk=job.pk, username="bob", email=email, password="md5$x$y")


def test_clearing_up_invitations_survives(alice):
    for n in range(30):
        Invitation.objects.create(pk=uuid4(), email=f"u{n}@example.org", invited_by=alice)
    old = Invitation.objects.values("pk")[:25]
    Invitation.objects.filter(pk__in=old).update(created=Now() - timedelta(days=100))
    assert assert_survives(tasks.clear_invitations) >= 8


@pytest.mark.parametrize("email", ["ALICE@example.org", "nobody@example.org"])
def test_the_sign_up_email_survives(alice, email):
    assert assert_survives(tasks.send_sign_up, rows=sign_up(email)) >= 5


@pytest.mark.parametrize("ended", [{}, {"withdrawn_at": Now()}])
def test_the_invitation_survives(alice, ended):
    def rows(job):
        Invitation.objects.create(pk=job.pk, email="dora@example.org", invited_by=alice, **ended)

    assert assert_survives(tasks.send_invitation, owner=alice, rows=rows) >= 5


def test_clearing_up_sign_ups_survives():
    for n in range(50):
        PendingSignUp.objects.create(pk=uuid4(), username=f"u{n}", email=f"u{n}@example.org", password="md5$x$y")
    PendingSignUp.objects.filter(pk__in=PendingSignUp.objects.values("pk")[:45]).update(created=Now() - 2 * OPEN_FOR)
    assert assert_survives(tasks.clear_sign_ups) >= 12


@pytest.mark.parametrize("email", ["ALICE@example.org", "nobody@example.org"])
def test_the_password_reset_survives(alice, email):
    assert assert_survives(tasks.send_password_reset, email=email) >= 5


def test_generating_survives_from_the_form(alice):
    def rows(job):
        UserBatch.objects.create(job_id=job.pk, owner=alice, total=90, password="md5$x$y")

    assert assert_survives(tasks.generate_random_users, owner=alice, rows=rows, total=90) >= 20


def test_generating_survives_where_names_are_taken(alice):
    number = itertools.count(1)

    def rows(job):
        batch = UserBatch.objects.create(job_id=job.pk, owner=alice, total=50)
        for user in random_users(batch.pk, [3, 24, 49], 50):
            User.objects.create_user(username=user.username, email=f"squatter{next(number)}@example.org")

    assert assert_survives(tasks.generate_random_users, owner=alice, rows=rows, total=50) >= 20


def test_generating_survives_from_a_program(alice):
    # The batch's number is part of the names, and PostgreSQL gives none twice that a killed run had taken.
    named = ("username", "email", "username_key", "email_key", "first_name", "last_name", "name_key")
    ignore = tuple(f"accounts.user.{name}" for name in named) if connection.vendor == "postgresql" else ()
    assert assert_survives(tasks.generate_random_users, owner=alice, total=50, ignore=ignore) >= 15


def test_deleting_a_batch_survives(alice):
    batch = UserBatch.objects.create(job_id="1" * 32, total=50, made=50)
    User.objects.bulk_create(random_users(batch.pk, range(50), 50))

    def rows(job):
        UserBatch.objects.filter(pk=batch.pk).update(deleting=job.pk)

    assert assert_survives(tasks.delete_random_users, rows=rows, batch=batch.pk) >= 15
    assert mail.outbox == []
