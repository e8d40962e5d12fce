"""Pull the plug: who may, what is killed and what never is, and the story that the page tells of it."""

import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from task.chaos import chaos
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State, Worker
from task.jobs.pages.timeline import timeline
from tests.api.conftest import program as program
from tests.processes import wait_until
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)
HOST = socket.gethostname()
# A main process "celery worker" with one child that only waits, as a pool process does.
POOL = """
import os, sys, time
if os.fork() == 0:
    time.sleep(60)
else:
    os.wait()
    time.sleep(60)
"""


def person(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", "pw", **fields)


@pytest.fixture
def sam():
    return person("sam", is_staff=True)


@pytest.fixture
def staff(sam, settings):
    settings.LOCAL = True
    client = Client()
    client.force_login(sam)
    return client


def running(owner=None, runner=f"{HOST}:1", **fields):
    job = tasks.make_things.apply_async(kwargs={"total": 7}, owner=owner)
    claim(job.pk)
    Job.objects.filter(pk=job.pk).update(runner=runner, **fields)
    return Job.objects.get(pk=job.pk)


def pull(client, job):
    return client.post(reverse("job_kill_runner", args=[job.pk]), follow=True).content.decode()


@pytest.fixture
def killed(monkeypatch):
    """The numbers of the processes that would have been killed."""
    numbers = []
    monkeypatch.setattr(chaos, "os", SimpleNamespace(kill=lambda pid, sign: numbers.append((pid, sign))))
    return numbers


@pytest.fixture
def pool():
    """The numbers of a process that looks like a worker's main process, and of its child."""
    main = subprocess.Popen([sys.executable, "-c", POOL, "celery", "worker"], start_new_session=True)

    def child():
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main.pid)], capture_output=True, text=True)
        return [int(line) for line in listing.stdout.split()]

    yield main.pid, wait_until(child)[0]
    os.killpg(main.pid, signal.SIGKILL)
    main.wait()


@pytest.mark.parametrize(("local", "is_staff"), [(False, True), (True, False), (False, False)])
def test_it_is_there_for_staff_of_a_local_desk_alone(client, settings, killed, local, is_staff):
    settings.LOCAL = local
    owner = person("alice", is_staff=is_staff)
    client.force_login(owner)
    job = running(owner)
    assert "Pull the plug" not in client.get(job.get_absolute_url()).content.decode()
    for method in (client.get, client.post):
        assert method(reverse("job_kill_runner", args=[job.pk])).status_code == 404
    assert Job.objects.get(pk=job.pk).history == []
    assert not killed


def test_a_stranger_finds_nothing_there(client, settings, killed):
    settings.LOCAL = True
    assert client.post(reverse("job_kill_runner", args=[running().pk])).status_code == 404


def test_it_takes_post_alone_and_a_token(staff, killed, sam):
    job = running()
    assert staff.get(reverse("job_kill_runner", args=[job.pk])).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    assert strict.post(reverse("job_kill_runner", args=[job.pk])).status_code == 403
    assert not killed


def test_the_button_stands_on_a_running_job_alone(staff):
    job = running()
    page = staff.get(reverse("job_live", args=[job.pk])).content.decode()
    assert "Pull the plug" in page
    for state in set(State) - {State.RUNNING}:
        Job.objects.filter(pk=job.pk).update(state=state)
        assert reverse("job_kill_runner", args=[job.pk]) not in staff.get(job.get_absolute_url()).content.decode()


def test_a_pool_process_of_our_worker_is_killed(staff, sam, pool):
    main, child = pool
    Worker.objects.create(name=f"{HOST}:{main}")
    job = running(sam, f"{HOST}:{child}", done=3)
    page = pull(staff, job)
    assert f"Process {child} killed." in page
    assert "You pulled the plug" in page
    wait_until(lambda: chaos.parent_and_command(child)[1] == "")  # gone, or a zombie whose parent has not looked yet
    [entry] = Job.objects.get(pk=job.pk).history
    assert (entry["what"], entry["who"], entry["runner"]) == ("plug", "sam", job.runner)
    assert timeline(Job.objects.get(pk=job.pk), person("tom"))[2]["sentence"] == "sam pulled the plug"


def test_a_process_that_is_no_childs_of_our_worker_lives(staff, pool, killed):
    main, child = pool
    for runner in (f"{HOST}:{child}", f"{HOST}:{main}"):  # no row says that this main process is ours
        page = pull(staff, running(runner=runner))
        assert "is not, or no longer, a worker of this desk" in page
    assert not killed


def test_a_number_that_another_program_has_now_is_not_killed(staff, killed):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        Worker.objects.create(name=f"{HOST}:{os.getpid()}")  # even where its parent is ours
        job = running(runner=f"{HOST}:{other.pid}")
        assert "is not, or no longer, a worker of this desk" in pull(staff, job)
    finally:
        other.kill()
        other.wait()
    assert "is not, or no longer, a worker of this desk" in pull(staff, job)  # and when there is no such process
    assert Job.objects.get(pk=job.pk).history == []
    assert not killed


@pytest.mark.parametrize(
    ("runner", "words"),
    [
        ("elsewhere:4127", "running on another machine (elsewhere)"),
        ("", "No process is working on it"),
        (f"{HOST}:", "No process is working on it"),
        (f"{HOST}:-1", "No process is working on it"),
        ("rubbish", "No process is working on it"),
    ],
)
def test_odd_runners_are_told_and_nothing_is_killed(staff, killed, runner, words):
    assert words in pull(staff, running(runner=runner))
    assert not killed


def test_a_job_that_ended_has_no_kill_button(staff, killed):
    job = running()
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    assert "No process is working on it" in pull(staff, job)
    assert not killed


def test_a_job_that_went_on_elsewhere_in_that_moment_is_left(sam, pool, killed):
    main, child = pool
    Worker.objects.create(name=f"{HOST}:{main}")
    job = running(runner=f"{HOST}:{child}")
    Job.objects.filter(pk=job.pk).update(claims=job.claims + 1)
    with pytest.raises(chaos.NotKilled, match="another process"):
        chaos.kill_runner(job, sam)
    assert not killed
    assert Job.objects.get(pk=job.pk).history == []


def test_a_process_of_somebody_else_is_told(sam, pool, monkeypatch):
    main, child = pool
    Worker.objects.create(name=f"{HOST}:{main}")

    def refuse(pid, sign):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(chaos, "os", SimpleNamespace(kill=refuse))
    with pytest.raises(chaos.NotKilled, match="Operation not permitted"):
        chaos.kill_runner(running(runner=f"{HOST}:{child}"), sam)


def test_its_story_is_told_to_the_end(sam, pool):
    main, child = pool
    Worker.objects.create(name=f"{HOST}:{main}")
    job = running(sam, f"{HOST}:{child}", done=0)
    chaos.kill_runner(job, sam)
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    execute(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert Thing.objects.count() == 7
    told = timeline(job, sam)
    sentences = [event["sentence"] for event in told]
    assert sentences[2:4] == ["You pulled the plug", "Worker lost at the start"]
    assert told[3]["detail"].startswith("Noticed ")
    assert sentences[-1] == "7 made, none of them twice."
    assert told[-1]["detail"] == "7 things made."


def test_the_words_name_the_place_where_the_worker_was_lost(sam):
    lost = {"what": "worker lost", "when": "2026-02-03T14:03:29+00:00", "done": 41_000}
    taken = {"what": "taken over", "when": "2026-02-03T14:03:30+00:00", "done": 41_000, "runner": "desk-2:4180"}
    job = running(sam, history=[lost], done=41_000, total=100_000)
    assert timeline(job, sam)[2]["sentence"] == "Worker lost at 41,000"
    job.history = [lost, taken]
    event = timeline(job, sam)[3]
    assert (event["sentence"], event["detail"]) == ("Taken over at 41,000", "worker desk-2, process 4180")
    job.state = State.QUEUED
    assert timeline(job, sam)[-1]["detail"] == "It will continue at 41,000."
    job.state, job.done, job.tally = State.SUCCEEDED, 100_000, {"made": 100_000}
    assert timeline(job, sam)[-1]["sentence"] == "100,000 made, none of them twice."
    job.history = []
    job.message = "100000 random users created."
    assert timeline(job, sam)[-1]["sentence"] == job.message


class TestForPrograms:
    def test_staff_of_a_local_desk_kill_it_and_the_job_says_so(self, program, settings, pool, sam, alice):
        settings.LOCAL = True
        main, child = pool
        Worker.objects.create(name=f"{HOST}:{main}")
        job = running(alice, f"{HOST}:{child}")
        assert program(sam, as_staff=True).post(f"/api/jobs/{job.pk}/plug/").json()["id"] == str(job.pk)
        assert [event["what"] for event in Job.objects.get(pk=job.pk).history] == ["plug"]

    def test_nobody_else_is_told_that_there_is_such_an_address(self, program, settings, killed, sam, alice):
        job = running(alice)
        for local, who in ((True, program(sam)), (True, program(alice)), (False, program(sam, as_staff=True))):
            settings.LOCAL = local
            assert who.post(f"/api/jobs/{job.pk}/plug/").status_code == 404
        assert not killed

    def test_what_is_not_running_is_not_killed(self, program, settings, killed, sam):
        settings.LOCAL = True
        answer = program(sam, as_staff=True).post(f"/api/jobs/{running(runner='').pk}/plug/")
        assert (answer.status_code, killed) == (409, [])
        assert answer.json()["detail"] == "No process is working on it, so there is nothing to kill."
