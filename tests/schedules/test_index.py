"""The hourly index for the search, beside code that knows no index: as it is during an upgrade."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet
from django.utils import timezone

from task.accounts.words import IndexedUser
from task.jobs.models import IndexedJob, Job
from task.jobs.testing import execute_all
from task.kit.search.query import parse
from task.schedules.tasks import index_for_search

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=40)


def index():
    job = index_for_search.apply_async(owner=None)
    execute_all()
    return Job.objects.get(pk=job.pk).message


def migrated(when):
    MigrationRecorder.Migration.objects.filter(name__endswith="_search").update(applied=when)


def named(client, text):
    return [person.username for person in client.get("/users/", {"q": text, "kind": "people"}).context["rows"]]


def test_people_whom_old_code_makes_and_renames_are_found(staff, alice, bob):
    migrated(timezone.now())
    assert index() == "0 rows indexed."
    User = get_user_model()
    User.objects.bulk_create([User(username="dora", email="dora@example.org", first_name="Dora", last_name="Marsden")])
    QuerySet.update(User.objects.filter(pk=bob.pk), last_name="Marsden")
    assert index() == "2 rows indexed."
    assert sorted(named(staff, "marsden")) == ["bob", "dora"]
    QuerySet.update(User.objects.filter(pk=bob.pk), last_name="Weaver")
    assert index() == "1 row indexed."
    assert named(staff, "marsden") == ["dora"]
    migrated(LONG_AGO)
    QuerySet.update(User.objects.filter(pk=bob.pk), last_name="Shafto")
    assert index() == "0 rows indexed."  # no old code runs any more: nobody is looked at


def test_what_old_code_deletes_is_found_by_nobody_and_goes(staff, bob):
    migrated(timezone.now())
    job = Job.objects.create(kind="schedules.tick", title="Tock", owner=None, created=LONG_AGO)
    index()
    Job.objects.filter(pk=job.pk)._raw_delete(Job.objects.db)
    get_user_model().objects.filter(pk=bob.pk)._raw_delete(Job.objects.db)
    connection.check_constraints()
    assert IndexedJob.objects.filter(job=job.pk).exists()
    assert IndexedUser.objects.filter(pk=bob.pk).exists()
    assert named(staff, "bob") == []
    assert get_user_model().objects.named(parse("bob"), 50)[0] == []
    assert index() == "0 rows indexed."
    assert not IndexedJob.objects.filter(job=job.pk).exists()
    assert not IndexedUser.objects.filter(pk=bob.pk).exists()
