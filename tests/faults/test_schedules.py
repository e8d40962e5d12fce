"""Real beats, two at once, on the tests' database; and each kind of the schedules through a real worker."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from task.jobs import Now
from task.jobs.models import IndexedJob, Job
from task.schedules.models import LateNotice
from task.schedules.tasks import index_for_search, remove_old_jobs, say_good_morning, send_summary, summarise, tick
from task.schedules.timetable import runs_of
from tests.faults.conftest import database_url, ended
from tests.processes import Broker, Process, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.own_broker]
GENEROUS = 90.0  # seconds, for runs that come each second: other tests may have the machine


class Beat(Process):
    """`celery beat` on the tests' own database."""

    def __init__(self, broker_url: str, before: str = "", **env: str) -> None:
        """`before` is Python that the process runs first."""
        begin = f"import django; django.setup(); {before}; from celerytask.celery import app; app.start(sys.argv[1:])"
        program = ["-c", f"import sys; {begin}"] if before else ["-m", "celery", "-A", "celerytask"]
        command = [sys.executable, *program, "beat", "--pidfile=", "-l", "INFO"]
        own = {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
            "TEST_BROKER_URL": broker_url,
            "TEST_RUN_DATABASE_URL": database_url(),
            **env,
        }
        super().__init__(command, own)


@pytest.fixture
def start_beat(broker: Broker) -> Iterator[Callable[..., Beat]]:
    started: list[Beat] = []

    def start(before: str = "", **env: str) -> Beat:
        started.append(Beat(broker.url, before, **env))
        return started[-1]

    yield start
    for beat in started:
        beat.kill()


@pytest.fixture
def every_second(broker: Broker) -> PeriodicTask:
    """The only schedule there is."""
    PeriodicTask.objects.all().delete()
    interval = IntervalSchedule.objects.create(every=1, period="seconds")
    return PeriodicTask.objects.create(name="Every second", task="schedules.tick", interval=interval)


def due_times(schedule: PeriodicTask) -> list[datetime]:
    names = Job.objects.filter(runs_of(schedule.pk)).order_by("unique_key").values_list("unique_key", flat=True)
    return [datetime.fromtimestamp(int(name.partition("due")[2]) / 1000, UTC) for name in names]


def each_once_and_aligned(times: list[datetime]) -> bool:
    """Each due time once, and on the second. One may be missing: what a busy machine missed is one run, the last."""
    return bool(times) and len(times) == len(set(times)) and all(at.microsecond == 0 for at in times)


def test_two_beats_at_once_make_each_run_once_and_one_of_them_may_die(every_second, start_beat, start_worker, broker):
    worker = start_worker()
    first, second = start_beat(), start_beat()
    wait_until(lambda: len(due_times(every_second)) >= 4, GENEROUS, what=lambda: first.said() + second.said())
    first.kill()
    at_death = len(due_times(every_second))
    wait_until(lambda: len(due_times(every_second)) >= at_death + 4, GENEROUS, what=second.said)
    third = start_beat()
    wait_until(lambda: "Starting" in third.said(), what=third.said)
    second.signal(signal.SIGKILL)
    before = len(due_times(every_second))
    wait_until(lambda: len(due_times(every_second)) >= before + 4, GENEROUS, what=third.said)
    third.kill()
    times = due_times(every_second)
    assert each_once_and_aligned(times)
    assert len(times) == Job.objects.filter(kind="schedules.tick").count()
    waiting = Job.objects.filter(state__in=("queued", "running"))
    wait_until(lambda: not waiting.exists(), GENEROUS, what=worker.said)
    assert not Job.objects.filter(state="failed").exists()


def test_a_broker_that_is_away_loses_no_run(every_second, start_beat, start_worker, broker):
    broker.kill()
    beat = start_beat()
    wait_until(lambda: len(due_times(every_second)) >= 5, GENEROUS, what=beat.said)
    assert not Job.objects.exclude(state="queued").exists()
    broker.start_again()
    worker = start_worker()
    asked = due_times(every_second)
    wait_until(lambda: Job.objects.filter(state="succeeded").count() >= len(asked), GENEROUS, what=worker.said)
    assert each_once_and_aligned(due_times(every_second))


def test_schedules_tick_and_good_morning(start_worker, alice):
    worker = start_worker()
    assert ended(tick.apply_async(owner=None), worker).message == "Ticked."
    assert ended(say_good_morning.apply_async(owner=None), worker).message.startswith("Good morning")


def test_schedules_index_and_retention(start_worker, alice):
    worker = start_worker()
    old = datetime(2020, 1, 1, tzinfo=UTC)
    Job.objects.bulk_create(
        Job(kind="schedules.tick", title="Tick", state="succeeded", created=old, finished=old) for _ in range(1200)
    )
    indexing = ended(index_for_search.apply_async(owner=None), worker)
    assert (indexing.message, IndexedJob.objects.count()) == ("1,200 rows indexed.", 1200)
    job = ended(remove_old_jobs.apply_async(owner=None), worker)
    assert job.message == "1,200 old jobs deleted."
    assert {*Job.objects.all()} == {job, indexing}
    assert not IndexedJob.objects.exists()


def test_schedules_summary_and_send_summary(start_worker, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_staff=True)
    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    job = ended(summarise.apply_async(owner=None), worker)
    assert job.message == "Summaries being sent: 1."
    assert ended(job.children.get(), worker).message == "Summary sent."
    span = {"since": "2026-11-20T07:00:00+00:00", "until": "2026-11-21T07:00:00+00:00"}
    assert ended(send_summary.apply_async(kwargs={"person": alice.pk, **span}, owner=None), worker).state == "succeeded"
    wait_until(lambda: worker.said().count("To: alice@example.org") == 2, what=worker.said)


def test_two_beats_tell_staff_once_an_hour_that_jobs_wait_and_no_worker_lives(start_beat, every_second):
    every_second.delete()
    get_user_model().objects.create_user("sam", "sam@example.org", is_staff=True)
    Job.objects.create(kind="books.look_up", title="x", created=Now() - timedelta(minutes=11))
    often = "from task.schedules import late; late.EVERY = 0.2"
    beats = [start_beat(often, EMAIL_URL="consolemail://", TEST_EMAIL="console") for _ in range(2)]

    def emails() -> int:
        return "".join(beat.said() for beat in beats).count("To: sam@example.org")

    wait_until(lambda: all("beat: Starting" in beat.said() for beat in beats), what=beats[0].said)
    wait_until(emails, what=beats[0].said)
    LateNotice.objects.update(sent=Now() - timedelta(minutes=61))
    wait_until(lambda: emails() == 2, what=beats[0].said)
    for beat in beats:
        beat.stop()
    assert emails() == 2
    assert any("No worker is running." in beat.said() for beat in beats)
