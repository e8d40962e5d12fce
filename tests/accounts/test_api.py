"""Random users for programs."""

import hashlib
import json

import pytest

from task.accounts.models import User, UserBatch
from task.jobs.models import FirstAnswer, Job
from task.jobs.testing import execute_all
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/users/generate/"


def test_a_member_makes_some(program, alice):
    answer = program(alice).post(PATH, {"total": 60}, format="json")
    assert answer.status_code == 202
    assert answer.json()["kind"] == "accounts.generate"
    execute_all()
    assert User.objects.random().count() == 60


@pytest.mark.parametrize("total", [49, 501, "x", None, 10**30])
def test_what_is_wrong_is_said(program, alice, total):
    answer = program(alice).post(PATH, {"total": total}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/total"


def test_the_password_of_staff_is_in_no_job(program, charlie):
    sent = {"total": 600, "password": "quite a long secret"}
    assert program(charlie).post(PATH, sent, format="json").status_code == 400  # with a member's rights
    assert program(charlie, as_staff=True).post(PATH, sent, format="json").status_code == 202
    assert "secret" not in str(Job.objects.values().get())
    assert UserBatch.objects.get().password.startswith(("md5", "argon2"))


def test_a_password_sent_with_a_key_stands_nowhere_under_a_fast_hash(program, charlie):
    sent = {"password": "quite a long secret", "total": 600}
    program(charlie, as_staff=True).post(PATH, sent, format="json", HTTP_IDEMPOTENCY_KEY="k")
    kept = FirstAnswer.objects.get()
    assert kept.fingerprint != hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
    assert "secret" not in str(kept.body)
