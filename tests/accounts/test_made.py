"""What a job that generates random users made, and its batch as a list."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.accounts.models import User, UserBatch
from task.accounts.random_users import random_users
from task.accounts.tasks import delete_random_users, generate_random_users
from task.jobs.models import Job

pytestmark = pytest.mark.django_db
USERS = reverse("users_list")


def generated(owner: Any, count: int, state: str = "succeeded") -> Job:
    job = generate_random_users.apply_async(kwargs={"total": count}, owner=owner)
    batch = UserBatch.objects.create(job=job, owner=owner, total=count, made=count)
    User.objects.bulk_create(random_users(batch.pk, range(count), count, ""))
    Job.objects.filter(pk=job.pk).update(state=state, done=count, total=count)
    return Job.objects.get(pk=job.pk)


def test_the_first_five_stand_there_and_all_are_a_link_away(member: Client, alice: Any) -> None:
    job = generated(alice, 7)
    batch = UserBatch.objects.get(job=job)
    page = member.get(job.get_absolute_url()).content.decode()
    first = list(User.objects.filter(batch=batch).order_by("id"))
    assert all(str(user) in page for user in first[:5])
    assert str(first[5].email_parts[0]) not in page
    assert f'href="{USERS}?batch={batch.pk}">All 7 users' in page
    assert [user.pk for user in member.get(f"{USERS}?batch={batch.pk}").context["rows"]] == [user.pk for user in first]


def test_so_far_while_it_runs_and_nothing_before_the_first(member: Client, alice: Any) -> None:
    job = generated(alice, 5, "running")
    page = member.get(job.get_absolute_url()).content.decode()
    assert "Made so far" in page
    assert "All users so far" in page
    User.objects.filter(is_random=True).delete()
    assert "Made so far" not in member.get(job.get_absolute_url()).content.decode()


def test_a_batch_lists_its_own_users_alone(member: Client, alice: Any, bob: Any) -> None:
    one, two = (UserBatch.objects.get(job=generated(owner, 3)) for owner in (alice, bob))
    rows = member.get(f"{USERS}?batch={one.pk}").context["rows"]
    assert {user.batch_id for user in User.objects.filter(pk__in=[row.pk for row in rows])} == {one.pk}
    assert len(member.get(f"{USERS}?batch={two.pk}").context["rows"]) == 3  # random users are everybody's


@pytest.mark.parametrize("number", ["0", "x", "9" * 40, "٣", "-1"])
def test_a_batch_that_is_none_is_not_found(member: Client, number: str) -> None:
    assert member.get(USERS, {"batch": number}).status_code == 404


def test_a_search_is_among_all_users(member: Client, alice: Any) -> None:
    batch = UserBatch.objects.get(job=generated(alice, 2))
    assert member.get(USERS, {"batch": batch.pk, "q": "nobody-is-called-so"}).context["rows"] == []


def test_a_batch_links_its_jobs_for_those_who_may_see_them(
    member: Client, alice: Any, bob: Any, charlie: Any, client_of: Callable[[Any], Client]
) -> None:
    job = generated(alice, 2)
    batch = UserBatch.objects.get(job=job)
    deleting = delete_random_users.apply_async(kwargs={"batch": batch.pk}, owner=charlie)
    UserBatch.objects.update(deleting=deleting)
    seen = {
        person: client_of(person).get(f"{USERS}?batch={batch.pk}").content.decode() for person in (alice, bob, charlie)
    }
    assert [job.get_absolute_url() in page for page in seen.values()] == [True, False, True]
    assert [deleting.get_absolute_url() in page for page in seen.values()] == [False, False, True]
    assert "jobs-of-head" not in seen[bob]


def test_it_costs_the_same_for_many_users(member: Client, alice: Any) -> None:
    def queries(job: Job) -> int:
        with CaptureQueriesContext(connection) as captured:
            member.get(job.get_absolute_url())
        return len(captured)

    few, many = generated(alice, 1), generated(alice, 2000)
    queries(few)  # a session's first page asks for more
    assert queries(few) == queries(many)


@pytest.mark.sqlite
@pytest.mark.parametrize("order", ["id", "-id"])
def test_a_batchs_users_come_along_their_index(order: str) -> None:
    plan = User.objects.filter(batch=1).order_by(order)[:26].explain()
    assert "user_by_batch" in plan
    assert "TEMP B-TREE" not in plan
