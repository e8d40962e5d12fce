"""What the schedules of this feature do: clear up, tell the staff, say good morning."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.schedules import figures, tasks
from task.schedules.figures import summary_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def job(ago=timedelta(hours=1), state="succeeded", kind="schedules.tick", wait=1.0, **columns):
    at = timezone.now() - ago
    times = {"created": at, "started": at + timedelta(seconds=wait)}
    ended = {} if state in ("queued", "running") else {"finished": at + timedelta(seconds=wait + 1)}
    return Job.objects.create(**{"kind": kind, "title": "Tick", "state": state, **times, **ended, **columns})


def done(task, **arguments):
    asked = task.delay(**arguments)
    execute_all()
    return Job.objects.get(pk=asked.pk)


# Clearing up


def test_old_jobs_of_nobody_go_and_all_others_stay(settings, bob):
    settings.JOBS_KEEP_DAYS = 7
    old = timedelta(days=8)
    gone = [job(old), job(old, state="failed"), job(old, state="cancelled")]
    kept = [job(timedelta(days=6)), job(old, owner=bob), job(old, state="queued"), job(old, state="running")]
    # Sent long ago, and ended a moment ago.
    kept.append(job(old))
    Job.objects.filter(pk=kept[-1].pk).update(finished=timezone.now())
    asked = done(tasks.remove_old_jobs)
    # The two that wait and ran have been taken up by this test's worker, and ended just now.
    assert asked.message == "3 old jobs deleted."
    assert not Job.objects.filter(pk__in=[each.pk for each in gone]).exists()
    assert Job.objects.filter(pk__in=[each.pk for each in kept]).count() == len(kept)


def test_a_parent_goes_after_its_children_and_stays_while_one_of_them_is_left(monkeypatch, bob):
    monkeypatch.setattr(tasks, "RETENTION_STEP", 2)
    old = timedelta(days=90)
    parent = job(old)
    for _ in range(4):
        job(old, parent=parent)
    lives, of_somebody = job(old), job(old)
    job(timedelta(hours=1), parent=lives)
    job(old, parent=of_somebody, owner=bob)
    assert done(tasks.remove_old_jobs).message == "5 old jobs deleted."
    assert not Job.objects.filter(pk=parent.pk).exists()
    assert Job.objects.filter(pk__in=[lives.pk, of_somebody.pk]).count() == 2
    assert Job.objects.filter(parent=lives.pk).exists()


def test_with_nought_days_all_is_kept(settings):
    settings.JOBS_KEEP_DAYS = settings.JOBS_KEEP_OWNED_DAYS = 0
    kept = job(timedelta(days=900))
    assert done(tasks.remove_old_jobs).message == "JOBS_KEEP_DAYS and JOBS_KEEP_OWNED_DAYS are 0, so all jobs are kept."
    assert Job.objects.filter(pk=kept.pk).exists()


def test_nothing_to_clear_up_is_said_so():
    assert done(tasks.remove_old_jobs).message == "0 old jobs deleted."


# The summary


def test_a_day_in_figures(bob):
    for _ in range(3):
        job(wait=1)
    job(state="failed", kind="books.look_up", wait=9, owner=bob, error="Open Library is away.", title="Look up 3 books")
    job(state="queued", kind="books.look_up")
    job(ago=timedelta(hours=25))
    now = timezone.now()
    found = summary_of(now - DAY, now)
    assert (found.count, found.failed) == (5, 1)
    assert found.kinds == [
        ("schedules.tick", [("done", 3)]),
        ("books.look_up", [("waiting", 1), ("failed", 1)]),
    ]
    assert [each.title for each in found.failures] == ["Look up 3 books"]
    assert found.usual_wait == timedelta(seconds=1)
    assert found.longest_wait == timedelta(seconds=9)
    assert not found.capped


def test_a_busy_day_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(figures, "MOST", 4)
    monkeypatch.setattr(figures, "FAILURES", 2)
    for _ in range(6):
        job(state="failed")
    now = timezone.now()
    found = summary_of(now - DAY, now)
    assert (found.count, found.capped, len(found.failures), found.more_failures) == (4, True, 2, 2)


@pytest.mark.sqlite
def test_the_figures_are_read_along_an_index():
    now = timezone.now()
    with CaptureQueriesContext(connection) as queries:
        summary_of(now - DAY, now)
    plans = []
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plans.append("; ".join(row[3] for row in cursor.fetchall()))
    assert "job_newest (created>? AND created<?)" in plans[0]
    assert "job_newest_in_state (state=? AND created>? AND created<?)" in plans[1]
    assert "TEMP B-TREE" not in "".join(plans)


@pytest.fixture
def people(sam):
    users = get_user_model().objects
    users.create_user("lee", "lee@example.org", "pw", is_staff=True)
    users.create_user("gone", "gone@example.org", "pw", is_staff=True, is_active=False)
    users.create_user("bob", "bob@example.org", "pw")


def test_each_of_the_active_staff_gets_a_mail_and_nobody_else(people):
    job(state="failed", title="Look up <3> books", error="Open Library is away.", kind="books.look_up")
    asked = done(tasks.summarise)
    assert asked.message == "Summaries being sent: 2."
    assert asked.children.filter(owner=None, state="succeeded").count() == 2
    assert sorted(address for message in mail.outbox for address in message.to) == [
        "lee@example.org",
        "sam@example.org",
    ]
    message = mail.outbox[0]
    assert message.subject == "The desk: 1 job in 24 hours, 1 failed"
    link = f"http://testserver{Job.objects.get(state='failed').get_absolute_url()}"
    for text in (message.body, message.alternatives[0][0]):
        assert link in text
        assert "Open Library is away." in text
        assert "Look up books" in text
    assert "Look up <3> books" in message.body
    assert "Look up &lt;3&gt; books" in message.alternatives[0][0]


def test_a_quiet_day_is_told_too(people):
    done(tasks.summarise)
    assert mail.outbox[0].subject == "The desk: 0 jobs in 24 hours"
    assert "no jobs were requested" in mail.outbox[0].body
    assert "A quiet day" in mail.outbox[0].alternatives[0][0]


def test_one_bad_address_keeps_no_other_from_hearing(people, monkeypatch):
    from smtplib import SMTPRecipientsRefused

    send = EmailBackend.send_messages

    def picky(backend, messages):
        if messages[0].to == ["lee@example.org"]:
            raise SMTPRecipientsRefused({"lee@example.org": (550, b"no such user")})
        return send(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", picky)
    asked = done(tasks.summarise)
    assert [message.to for message in mail.outbox] == [["sam@example.org"]]
    assert sorted(asked.children.values_list("state", flat=True)) == ["failed", "succeeded"]


def test_who_left_the_staff_meanwhile_is_told_nothing(people, sam):
    span = {"since": "2026-11-20T07:00:00+00:00", "until": "2026-11-21T07:00:00+00:00"}
    get_user_model().objects.filter(pk=sam.pk).update(is_staff=False)
    assert (
        done(tasks.send_summary, person=sam.pk, **span).message
        == "This person is no longer staff, or has no address, so no email was sent."
    )
    assert mail.outbox == []


def test_its_times_are_of_the_zone_that_its_reader_has_chosen_and_it_is_named(sam):
    span = {"since": "2026-11-20T07:00:00+00:00", "until": "2026-11-21T07:00:00+00:00"}
    for zone, words in (("", "07:00 UTC"), ("Asia/Tokyo", "16:00 JST")):
        get_user_model().objects.filter(pk=sam.pk).update(time_zone=zone)
        done(tasks.send_summary, person=sam.pk, **span)
        assert f"to 21 November, {words}" in mail.outbox[-1].body


def test_figures_are_those_of_the_day_before_the_summary_was_asked_for(people):
    asked = tasks.summarise.delay()
    Job.objects.filter(pk=asked.pk).update(created=datetime(2026, 11, 21, 7, tzinfo=UTC))
    execute_all()
    spans = {(each.arguments["since"], each.arguments["until"]) for each in asked.children.all()}
    assert spans == {("2026-11-20T07:00:00+00:00", "2026-11-21T07:00:00+00:00")}


# The examples


def test_good_morning_is_said_in_the_time_zone_of_the_settings(settings, monkeypatch):
    settings.TIME_ZONE = "Pacific/Auckland"
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, 19, 50, tzinfo=UTC))
    assert done(tasks.say_good_morning).message == "Good morning. In Pacific/Auckland it is Sunday, 22 November 2026."
