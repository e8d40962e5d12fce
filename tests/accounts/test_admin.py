"""The administrator's pages open, and hold to the same rules."""

from threading import Event, Thread, Timer

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.models import FirstAccount, User, UserBatch
from task.jobs.engine.errors import LeaseLost
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import claim
from task.playground.models import PlaygroundRun
from tests.accounts.conftest import PASSWORD
from tests.workbench.tasks import make_things

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(staff, sam):
    User.objects.filter(pk=sam.pk).update(is_superuser=True)
    return staff


@pytest.mark.parametrize("model", ["user", "userbatch", "firstaccount"])
def test_every_list_and_every_row_opens(boss, alice, model):
    UserBatch.objects.create(job_id="1" * 32, total=50)
    FirstAccount.objects.create(user=alice)
    assert boss.get(reverse(f"admin:accounts_{model}_changelist"), {"q": "ali"}).status_code == 200
    row = {"user": User, "userbatch": UserBatch, "firstaccount": FirstAccount}[model].objects.first()
    assert boss.get(reverse(f"admin:accounts_{model}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", ["user", "userbatch"])
def test_no_list_counts_the_whole_table(boss, model):
    with CaptureQueriesContext(connection) as queries:
        boss.get(reverse(f"admin:accounts_{model}_changelist"))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 1000" in sql for sql in counts), counts


def test_an_account_is_added_by_email_and_not_twice(boss, alice):
    url = reverse("admin:accounts_user_add")
    fields = {"username": "bob", "email": "bob@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert boss.get(url).status_code == 200
    assert boss.post(url, {**fields, "usable_password": "true"}).status_code == 302
    assert User.objects.get_by_natural_key("BOB@example.org").check_password(PASSWORD)
    again = boss.post(url, {**fields, "username": "ALICE", "email": "BOB@example.org", "usable_password": "true"})
    assert set(again.context["adminform"].form.errors) == {"email", "username"}


def test_members_do_not_get_in(member):
    assert member.get(reverse("admin:accounts_user_changelist")).status_code == 302


@pytest.mark.parametrize("model", ["userbatch", "firstaccount"])
def test_what_jobs_and_sign_ups_decide_is_only_looked_at(boss, alice, model):
    UserBatch.objects.create(job_id="1" * 32, total=50, password="a hash")
    FirstAccount.objects.create(user=alice)
    row = {"userbatch": UserBatch, "firstaccount": FirstAccount}[model].objects.get()
    url = reverse(f"admin:accounts_{model}_change", args=[row.pk])
    assert boss.post(url, {"total": 7}).status_code == 403
    page = boss.get(url).content.decode()
    assert 'name="_save"' not in page
    assert "a hash" not in page


def test_the_index_names_the_first_account(boss):
    page = boss.get(reverse("admin:index")).content.decode()
    assert "First account (the administrator)" in page
    assert reverse("admin:accounts_firstaccount_add") not in page


def test_an_account_goes_with_its_runs_of_the_playground(boss, alice):
    PlaygroundRun.objects.create(owner=alice, canvas="chain")
    answer = boss.post(reverse("admin:accounts_user_delete", args=[alice.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_an_account_is_deleted_while_one_of_its_jobs_is_in_a_step(boss, alice):
    """The step holds the person's rows and then wants the job's; the deletion comes the other way round."""
    batch = UserBatch.objects.create(job_id="1" * 32, total=50, owner=alice)
    job, inside, go, ended = make_things.apply_async(kwargs={"total": 1}, owner=alice), Event(), Event(), []

    def work():
        try:
            run = Run(claim(job.pk))
            for _ in run.batches(range(1), size=1):
                with run.step():
                    UserBatch.objects.filter(pk=batch.pk).update(made=1)
                    inside.set()
                    go.wait(20)
        except Exception as fault:
            ended.append(fault)
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    inside.wait(10)
    Timer(0.4, go.set).start()  # by then the deletion waits for the step
    answer = boss.post(reverse("admin:accounts_user_delete", args=[alice.pk]), {"post": "yes"})
    worker.join()
    assert answer.status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not [fault for fault in ended if not isinstance(fault, LeaseLost | OperationalError)]
