"""Jobs for programs: read, cancelled, retried, waited for, and made once however often they are requested."""

import json
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from task.jobs.engine import transitions
from task.jobs.engine.executor import execute
from task.jobs.models import FirstAnswer, Job, State
from task.jobs.pages import api
from task.jobs.testing import execute_all
from task.kit.later import Later
from tests.api.conftest import program as program
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)

BULK = "/api/books/bulk-create"
ISBNS = {"isbn": ["9780345418913", "9780451524935"]}


class TestReading:
    def test_a_member_finds_the_own_ones(self, program, alice, bob):
        mine = tasks.do_nothing.apply_async(owner=alice)
        tasks.do_nothing.apply_async(owner=bob)
        (found,) = program(alice).get("/api/jobs/").json()["results"]
        assert found["id"] == str(mine.pk)
        assert found["url"] == f"http://testserver/api/jobs/{mine.pk}/"
        assert found["state"] == "queued"

    def test_what_came_of_one(self, program, alice):
        job = tasks.make_things.apply_async(kwargs={"total": 250}, owner=alice)
        execute_all()
        told = program(alice).get(f"/api/jobs/{job.pk}/").json()
        assert (told["state"], told["done"], told["total"], told["percent"]) == ("succeeded", 250, 250, 100)
        assert [event["sentence"] for event in told["timeline"]][-1]
        assert told["requested_by"] == "alice"

    def test_pages_follow_each_other_both_ways(self, program, alice):
        for _ in range(60):
            tasks.do_nothing.apply_async(owner=alice)
        read, address, pages = program(alice), "/api/jobs/", []
        while address:
            page = read.get(address).json()
            pages.append([job["id"] for job in page["results"]])
            address = page["next"]
        assert [len(page) for page in pages] == [25, 25, 10]
        assert len({key for page in pages for key in page}) == 60
        assert [job["id"] for job in read.get(page["previous"]).json()["results"]] == pages[1]

    def test_a_page_costs_the_same_whatever_is_on_it(self, program, alice, django_assert_max_num_queries):
        for _ in range(30):
            tasks.do_nothing.apply_async(owner=alice)
        read = program(alice)
        read.get("/api/jobs/")
        with django_assert_max_num_queries(3):
            assert len(read.get("/api/jobs/").json()["results"]) == 25

    def test_filters_are_those_of_the_page(self, program, alice):
        tasks.do_nothing.apply_async(owner=alice)
        transitions.cancel(tasks.do_nothing.apply_async(owner=alice))
        read = program(alice)
        assert len(read.get("/api/jobs/?state=cancelled").json()["results"]) == 1
        assert read.get("/api/jobs/?kind=workbench.make").json()["results"] == []


class TestWords:
    def test_a_time_in_a_sentence_has_no_tags(self, program, alice):
        job, later = tasks.do_nothing.apply_async(owner=alice), timezone.now() + timedelta(hours=1)
        Job.objects.filter(pk=job.pk).update(run_after=later, message="GitHub asks & waits.")
        answer = program(alice).get(f"/api/jobs/{job.pk}/").json()
        assert answer["words"].startswith("GitHub asks & waits. Next try at")
        assert "<" not in json.dumps(answer)

    def test_what_a_job_waits_for_is_said(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        assert program(alice).get(f"/api/jobs/{job.pk}/").json()["words"] == "Waiting for a worker"


class TestEtag:
    def test_what_is_as_it_was_is_not_sent_again(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        read, path = program(alice), f"/api/jobs/{job.pk}/"
        etag = read.get(path).headers["ETag"]
        same = read.get(path, HTTP_IF_NONE_MATCH=f'"other", {etag}')
        assert (same.status_code, same.content) == (304, b"")
        execute_all()
        assert read.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


class TestActions:
    def test_cancel_and_retry_as_the_buttons_do(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        read, path = program(alice), f"/api/jobs/{job.pk}"
        assert read.post(f"{path}/cancel/").json()["state"] == "cancelled"
        again = read.post(f"{path}/cancel/")
        assert (again.status_code, again.json()["detail"]) == (409, "It ended before you cancelled it.")
        assert read.post(f"{path}/retry/").json()["state"] == "queued"
        assert read.post(f"{path}/retry/").status_code == 409

    def test_a_get_changes_nothing(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        assert program(alice).get(f"/api/jobs/{job.pk}/cancel/").status_code == 405
        job.refresh_from_db()
        assert job.state == State.QUEUED

    def test_a_failed_one_is_dismissed_and_stays_failed(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        api = program(alice)
        Job.objects.filter(pk=job.pk).update(state=State.FAILED)
        seen = api.get(f"/api/jobs/{job.pk}/").json()
        told = api.post(f"/api/jobs/{job.pk}/dismiss/").json()
        assert (told["state"], seen["dismissed_at"]) == ("failed", None)
        assert told["dismissed_at"]
        assert api.post(f"/api/jobs/{job.pk}/dismiss/").json() == told

    def test_what_has_not_failed_is_not_dismissed(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        assert program(alice).post(f"/api/jobs/{job.pk}/dismiss/").json()["dismissed_at"] is None


class TestIdempotencyKey:
    def test_the_same_request_again_has_the_same_answer_and_is_one_job(self, program, alice):
        read = program(alice)
        first = read.post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        execute_all()
        second = read.post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert first.headers["Location"] == second.headers["Location"]
        assert Job.objects.filter(kind="books.look_up").count() == 1

    def test_it_is_looked_up_before_anything_is_validated(self, program, alice):
        """What the first has made would be in the way of the second."""
        read, one = program(alice), {"isbn": ["9780345418913"]}
        first = read.post(BULK, one, format="json", HTTP_IDEMPOTENCY_KEY="k1").json()
        assert read.post(BULK, one, format="json", HTTP_IDEMPOTENCY_KEY="k1").json() == first
        assert read.post(BULK, one, format="json", HTTP_IDEMPOTENCY_KEY="k2").json()["known"] == one["isbn"]

    def test_another_body_is_refused(self, program, alice):
        read = program(alice)
        read.post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        other = read.post(BULK, {"isbn": ["9780451526342"]}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        assert other.status_code == 422
        assert Job.objects.filter(kind="books.look_up").count() == 1

    def test_it_is_ones_own(self, program, alice, bob):
        program(alice).post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        answer = program(bob).post(BULK, {"isbn": ["9780451526342"]}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
        assert answer.status_code == 201
        assert FirstAnswer.objects.count() == 2

    def test_what_is_wrong_is_not_kept(self, program, alice):
        read = program(alice)
        assert read.post(BULK, {"isbn": ["x"]}, format="json", HTTP_IDEMPOTENCY_KEY="k1").status_code == 400
        assert read.post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1").status_code == 201

    @pytest.mark.parametrize("key", ["x" * 201, "a b", "é"])
    def test_a_key_that_is_none(self, program, alice, key):
        assert program(alice).post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY=key).status_code == 400

    def test_many_at_once_are_one_job(self, program, alice):
        read, answers = program(alice), []

        def send():
            from django.db import connection

            answers.append(read.post(BULK, ISBNS, format="json", HTTP_IDEMPOTENCY_KEY="k1"))
            connection.close()

        threads = [threading.Thread(target=send) for _ in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.json()["job"] for answer in answers if answer.status_code == 201}) == 1
        assert Job.objects.filter(kind="books.look_up").count() == 1


class TestWaiting:
    def test_the_answer_comes_when_the_job_has_ended(self, program, alice, monkeypatch):
        job = tasks.do_nothing.apply_async(owner=alice)
        monkeypatch.setattr(api.time, "sleep", lambda seconds: execute(job.pk))
        answer = program(alice).get(f"/api/jobs/{job.pk}/", HTTP_PREFER="respond-async, wait=10")
        assert answer.json()["state"] == "succeeded"
        assert answer.headers["Preference-Applied"] == "wait=10"

    def test_no_longer_than_preferred_and_at_most_ten_seconds(self, program, alice, monkeypatch):
        job, slept = tasks.do_nothing.apply_async(owner=alice), []
        clock = [0.0]
        monkeypatch.setattr(api.time, "monotonic", lambda: clock[0])

        def sleep(seconds):
            slept.append(seconds)
            clock[0] += seconds

        monkeypatch.setattr(api.time, "sleep", sleep)
        answer = program(alice).get(f"/api/jobs/{job.pk}/", HTTP_PREFER="wait=600")
        assert answer.json()["state"] == "queued"
        assert sum(slept) == pytest.approx(10)

    def test_at_most_a_quarter_of_the_threads_wait(self, program, alice, settings):
        settings.WEB_THREADS = 4
        job = tasks.do_nothing.apply_async(owner=alice)
        with api.waiters.one() as free:
            assert free
            answer = program(alice).get(f"/api/jobs/{job.pk}/", HTTP_PREFER="wait=10")
        assert answer.headers["Retry-After"] == "1"
        assert api.waiters.waiting == 0


class Line:
    """A connection as the desk's own web server shows it."""

    def __init__(self, can_wait=False, has_waited=False):
        self.can_wait, self.has_waited = can_wait, has_waited


class TestHeldBack:
    """No thread waits for a job where the server holds the answer back itself."""

    def test_the_server_is_told_for_which_job_and_how_long(self, program, alice):
        job = tasks.do_nothing.apply_async(owner=alice)
        asked = {"HTTP_PREFER": "wait=600", "gunicorn.socket": Line(can_wait=True)}
        with pytest.raises(Later) as raised:
            program(alice).get(f"/api/jobs/{job.pk}/", **asked)
        later = raised.value
        assert (later.key, later.seconds) == (job.pk, api.LONGEST_WAIT)
        assert later.over([job.pk]) == set()
        execute(job.pk)
        assert later.over([job.pk]) == {job.pk}

    def test_a_job_that_is_gone_is_over(self):
        job = tasks.do_nothing.apply_async()
        Job.objects.all().delete()
        assert api.ended([job.pk]) == {job.pk}

    def test_made_again_it_is_answered_as_things_are_and_not_counted_twice(self, program, alice, settings):
        settings.API_REQUESTS_A_MINUTE = 1
        job = tasks.do_nothing.apply_async(owner=alice)
        with pytest.raises(Later):
            program(alice).get(f"/api/jobs/{job.pk}/", HTTP_PREFER="wait=5", **{"gunicorn.socket": Line(can_wait=True)})
        again = {"gunicorn.socket": Line(can_wait=True, has_waited=True)}
        answer = program(alice).get(f"/api/jobs/{job.pk}/", HTTP_PREFER="wait=5", **again)
        assert (answer.status_code, answer.json()["state"]) == (200, "queued")
        assert answer.headers["Preference-Applied"] == "wait=5"
        assert "Retry-After" not in answer.headers

    def test_a_request_that_makes_something_is_never_made_again(self, program, alice, monkeypatch):
        monkeypatch.setattr(api.time, "sleep", lambda seconds: execute_all())
        asked = {"HTTP_PREFER": "wait=10", "gunicorn.socket": Line(can_wait=True)}
        answer = program(alice).post("/api/users/generate/", {"total": 50}, format="json", **asked)
        assert answer.status_code == 202
        assert Job.objects.count() == 1

    def test_a_stranger_does_not_wait_for_anothers_job(self, program, alice, bob):
        job = tasks.do_nothing.apply_async(owner=alice)
        asked = {"HTTP_PREFER": "wait=5", "gunicorn.socket": Line(can_wait=True)}
        assert program(bob).get(f"/api/jobs/{job.pk}/", **asked).status_code == 404
