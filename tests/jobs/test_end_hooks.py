"""End hooks for all kinds: whom they are called for, and what they cost where they are not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from task.jobs import cancel, ended, job
from task.jobs.engine import registry
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from tests.workbench.models import Thing
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db(transaction=True)

NAMED_AS_ITS_OWNER = Exists(Thing.objects.filter(batch=OuterRef("owner")))


@job("hooks.email", title="An email", silent=True)
def send_email(run: Any) -> str:
    return "Sent."


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Registers a hook, and returns the states of the jobs that it is called for."""
    monkeypatch.setattr(registry, "_of_all_kinds", [])

    def register(**options: Any) -> list[str]:
        seen: list[str] = []
        ended(lambda row: seen.append(row.state), **options)
        return seen

    return register


def test_it_is_called_for_each_end_but_that_of_a_silent_kind(hooked: Any) -> None:
    seen = hooked()
    execute(do_nothing.delay().pk)
    cancel(do_nothing.delay())
    execute(send_email.delay().pk)
    assert seen == [State.SUCCEEDED, State.CANCELLED]


def test_with_a_condition_it_is_called_where_that_holds(hooked: Any, alice: Any, bob: Any) -> None:
    first, always = hooked(where=NAMED_AS_ITS_OWNER), hooked()
    second = hooked(where=Exists(Thing.objects.filter(waits=True, batch=OuterRef("owner"))))
    Thing.objects.create(name="of alice", batch=alice.pk)
    for owner in (bob, alice, None):
        execute(do_nothing.apply_async(owner=owner).pk)
    assert (first, second, always) == ([State.SUCCEEDED], [], [State.SUCCEEDED] * 3)
    Thing.objects.update(waits=True)
    cancel(do_nothing.apply_async(owner=alice))
    assert (first[1:], second) == ([State.CANCELLED], [State.CANCELLED])


def test_registered_again_it_is_called_once(hooked: Any) -> None:
    calls: list[str] = []

    def hook(row: Job) -> None:
        calls.append(row.state)

    for _ in range(2):  # an AppConfig whose ready() runs again
        ended(hook)
    execute(do_nothing.delay().pk)
    assert calls == [State.SUCCEEDED]


def test_where_it_does_not_hold_an_end_costs_no_statement_more(hooked: Any, alice: Any) -> None:
    def statements() -> list[str]:
        row = do_nothing.apply_async(owner=alice)
        with CaptureQueriesContext(connection) as queries:
            execute(row.pk)
        return [query["sql"].split()[0] for query in queries]

    without = statements()
    seen = hooked(where=NAMED_AS_ITS_OWNER)
    assert statements() == without
    assert seen == []


def test_a_row_that_is_not_ours_any_more_calls_nobody(hooked: Any, alice: Any) -> None:
    seen = hooked(where=NAMED_AS_ITS_OWNER)
    Thing.objects.create(name="of alice", batch=alice.pk)
    row = do_nothing.apply_async(owner=alice)
    execute(row.pk)
    assert not cancel(Job.objects.get(pk=row.pk))
    assert seen == [State.SUCCEEDED]


def test_what_it_does_is_saved_with_the_end_or_not_at_all(hooked: Any, alice: Any) -> None:
    def wrong(row: Job) -> None:
        Thing.objects.create(name=f"{row.state} {row.pk}")
        if row.state == State.SUCCEEDED:
            raise ValueError("wrong")

    Thing.objects.create(name="of alice", batch=alice.pk)
    ended(wrong, where=NAMED_AS_ITS_OWNER)
    row = do_nothing.apply_async(owner=alice)
    execute(row.pk)
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert list(Thing.objects.exclude(batch=alice.pk).values_list("name", flat=True)) == [f"failed {row.pk}"]


def test_the_kinds_that_are_messages_themselves_are_silent() -> None:
    silent = {name for name, kind in registry.KINDS.items() if kind.silent and kind.function.__module__[:5] == "task."}
    emails = {
        "accounts.welcome", "accounts.sign_up", "accounts.invite", "accounts.password_reset", "backups.tell_staff",
        "backups.failure_email", "emails.test", "orders.confirm", "orders.tell_fulfilled", "orders.tell_cancelled",
        "reports.mail", "schedules.send_summary", "webhooks.tell_stopped",
    }  # fmt: skip
    assert silent == {*emails, "webhooks.deliver"}
