"""What grows is cleared away: old jobs, and what Celery noted of them. Never what they made."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_results.models import TaskResult

from task.accounts.models import User, UserBatch
from task.backups.models import Backup
from task.books.carts.models import Cart
from task.books.exports.models import Export
from task.books.files.models import Upload
from task.books.merging.models import NameChange
from task.books.models import Book
from task.books.photos.models import Photo
from task.emails.models import Email
from task.jobs.engine.executor import execute
from task.jobs.models import FirstAnswer, Job, JobForeignKey
from task.jobs.testing import execute_all
from task.orders.models import Order
from task.reports.models import Report
from task.schedules import tasks
from task.webhooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db
OLD = timedelta(days=400)


def old_job(owner: Any, ago: timedelta = OLD, kind: str = "workbench.empty", **columns: Any) -> Job:
    at = timezone.now() - ago
    times = {"created": at, "started": at, "finished": at + timedelta(seconds=1)}
    job = Job.objects.create(**{"kind": kind, "title": "Old", "owner": owner, "state": "succeeded", **times, **columns})
    TaskResult.objects.create(task_id=str(job.pk), status="SUCCESS")
    return job


def remove_old_jobs() -> Job:
    job = tasks.remove_old_jobs.delay()
    execute_all()
    return Job.objects.get(pk=job.pk)


def test_old_jobs_of_people_go_with_celerys_notes_and_newer_ones_stay(settings, alice, bob):
    for owner, state in ((alice, "succeeded"), (bob, "failed"), (alice, "cancelled")):
        old_job(owner, state=state)
    kept = [old_job(alice, timedelta(days=364)), old_job(None, timedelta(days=20))]
    old_job(None, timedelta(days=40))  # of the desk's own, which stay 30 days
    job = remove_old_jobs()
    assert job.message == "4 old jobs deleted."
    assert {*Job.objects.exclude(pk=job.pk)} == {*kept}
    notes = TaskResult.objects.exclude(task_id=job.pk).values_list(
        "task_id", flat=True
    )  # of that job itself is one, too
    assert {*notes} == {str(each.pk) for each in kept}


def test_the_answer_to_a_programs_request_goes_with_its_job(alice):
    gone, kept = old_job(alice), old_job(alice, timedelta(days=300))
    for job in (gone, kept):
        FirstAnswer.objects.create(key=job.pk.hex, fingerprint="x", job=job, status=202, body={})
    remove_old_jobs()
    assert [answer.job_id for answer in FirstAnswer.objects.all()] == [kept.pk]


def test_what_still_waits_or_runs_stays_however_old(alice):
    kept = [old_job(alice, state="queued", run_after=timezone.now() + OLD), old_job(alice, state="running")]
    parent = old_job(alice)
    old_job(alice, timedelta(hours=1), parent=parent)
    execute(tasks.remove_old_jobs.delay().pk)
    assert Job.objects.filter(pk__in=[*(each.pk for each in kept), parent.pk]).count() == 3


@pytest.mark.parametrize(("days", "owned_days", "left"), [(0, 365, {"desk"}), (30, 0, {"alice"}), (30, 365, set())])
def test_nought_days_keep_each_kind_of_job_for_ever(settings, alice, days, owned_days, left):
    settings.JOBS_KEEP_DAYS, settings.JOBS_KEEP_OWNED_DAYS = days, owned_days
    old_job(alice, title="alice")
    old_job(None, title="desk")
    remove_old_jobs()
    assert {*Job.objects.exclude(kind="schedules.retention").values_list("title", flat=True)} == left


def test_it_goes_in_small_chunks_and_children_before_their_parents(monkeypatch, alice):
    monkeypatch.setattr(tasks, "RETENTION_STEP", 3)
    for owner in (alice, None):
        parent = old_job(owner)
        for _ in range(7):
            old_job(owner, parent=parent)
    job = remove_old_jobs()
    assert job.message == "16 old jobs deleted."
    assert job.done == 16
    assert Job.objects.count() == 1


# Each row that names a job


def rows_of(owner: Any) -> Iterator[tuple[models.Model, str, UUID]]:
    """A row of each kind with a job in each of its columns: the row, the column, the job."""

    def job() -> UUID:
        return old_job(owner).pk

    made = UserBatch.objects.create(job_id=job(), owner=owner, total=5, made=5)
    yield made, "job", made.job_id
    deleted = UserBatch.objects.create(job_id=job(), deleting_id=job(), owner=owner, total=5, made=5)
    yield deleted, "deleting", deleted.deleting_id
    backup = Backup.objects.create(job_id=job(), name="desk-20200101T000000Z-x.tar.gz", state="failed", reason="Full.")
    yield backup, "job", backup.job_id
    book = Book.objects.create(
        isbn="9780451524935", title="1984", state="filled", scanned_by=owner, job_id=job(), copies=3
    )
    yield book, "job", book.job_id
    missing = {"state": "not_found", "job_id": job(), "reserved_by_id": job()}
    reserved = Book.objects.create(isbn="9780345418913", scanned_by=owner, **missing)
    yield reserved, "reserved_by", reserved.reserved_by_id
    refreshed = Book.objects.create(isbn="9781101990322", title="Aurora", state="filled", refresh_job_id=job())
    yield refreshed, "refresh_job", refreshed.refresh_job_id
    cart = Cart.objects.create(
        owner=owner, started=timezone.now(), last_scan=timezone.now(), undo_job_id=job(), look_up_id=job()
    )
    yield cart, "undo_job", cart.undo_job_id
    yield cart, "look_up", cart.look_up_id
    photo = Photo.objects.create(owner=owner, uuid=UUID(int=8), cart=cart, job_id=job(), at=cart.started, image=b"x")
    yield photo, "job", photo.job_id
    file = {"name": "list.csv", "size": 1, "sha256": "0" * 64, "job_id": job(), "add_job_id": job()}
    upload = Upload.objects.create(owner=owner, cart=cart, **file)
    yield upload, "job", upload.job_id
    yield upload, "add_job", upload.add_job_id
    hook, _ = Webhook.make(owner, "https://example.org/hook")
    about, body = job(), '{"title": "Old"}'
    delivery = Delivery.objects.create(pk=UUID(int=9), webhook=hook, message=UUID(int=9), about_id=about, body=body)
    yield delivery, "about", about
    for state in ("received", "fulfilled", "cancelled"):
        order = Order.objects.create(book=book, quantity=1, owner=owner, job_id=job(), ended_job_id=job(), state=state)
        yield order, "job", order.job_id
        yield order, "ended_job", order.ended_job_id
    for state in ("done", "failed", "cancelled"):
        report = Report.objects.create(owner=owner, language="Python", count=5, crawl_id=job(), state=state, size=5)
        yield report, "crawl", report.crawl_id
    export = Export.objects.create(owner=owner, format="csv", job_id=job(), books=5, size=5)
    yield export, "job", export.job_id
    change = NameChange.objects.create(
        target="author", kind="merged", name=1, other=2, was="A", now="B", by=owner, job_id=job(), undo_job_id=job()
    )
    yield change, "job", change.job_id
    yield change, "undo_job", change.undo_job_id
    for number, state in enumerate(("sending", "sent", "failed")):
        words = {"to": "a@b.org", "subject": "Hi", "text": "Hi", "html": "<p>Hi"}
        email = Email.objects.create(pk=UUID(int=number), job_id=job(), state=state, **words)
        yield email, "job", email.job_id


def columns_that_name_a_job() -> set[tuple[str, str]]:
    """Every column of the features that holds an id and is not the row's own."""
    columns = [
        field
        for model in apps.get_models()
        if model.__module__.startswith("task.") and not model.__module__.startswith("task.jobs.")
        for field in model._meta.concrete_fields
        if not field.primary_key
    ]
    others = {"playground.FailedTry.task_id", "webhooks.Delivery.message"}  # of plain Celery, of another delivery
    ids = [field for field in columns if isinstance(field, models.UUIDField)]
    bare = {str(field) for field in ids if field.name != "uuid"} - others  # such is a browser's name for what it sent
    assert not bare, f"What names a job is a JobForeignKey: {bare}"
    return {(field.model._meta.label_lower, field.name) for field in columns if isinstance(field, JobForeignKey)}


PAGES = [
    "home", "generate", "users_list", "books_list", "books_scan", "orders_list", "reports_list", "jobs_list",
    "backups_list", "schedules_list", "emails_list", "exports_list", "sources_list",
]  # fmt: skip


def test_no_row_of_a_feature_goes_and_all_their_pages_answer(alice, charlie, client_of):
    rows = list(rows_of(alice))
    assert {(row._meta.label_lower, column) for row, column, _ in rows} == columns_that_name_a_job()
    User.objects.create_user("random", "r@example.com", "pw", is_random=True, batch=rows[0][0])
    before = {row: type(row)._default_manager.filter(pk=row.pk).values().get() for row, _, _ in rows}
    jobs = Job.objects.count()
    assert remove_old_jobs().tally == {"deleted": jobs}
    assert not Job.objects.filter(pk__in=[key for _, _, key in rows]).exists()
    for row, values in before.items():
        assert type(row)._default_manager.filter(pk=row.pk).values().get() == values
    assert User.objects.filter(username="random").exists()
    for client in (client_of(alice), client_of(charlie)):
        pages = [reverse(name) for name in PAGES]
        pages += [reverse("book_detail", args=[isbn]) for isbn in ("9780451524935", "9780345418913")]
        pages += [reverse("order_detail", args=[order.number]) for order in Order.objects.all()]
        pages += [email.get_absolute_url() for email in Email.objects.all()]
        pages += [reverse("report_detail", args=[report.pk]) for report in Report.objects.all()]
        pages += [reverse("batch_delete", args=[UserBatch.objects.first().pk])]
        for page in pages:
            answer = client.get(page)
            assert answer.status_code in ((200,) if page_is_of(client, page) else (200, 403, 404)), page
            for link in re.findall(r'href="(/jobs/[0-9a-f-]{36}/)', answer.content.decode()):
                assert client.get(link).status_code == 200, f"{page} links a job that is gone: {link}"


def page_is_of(client: Client, page: str) -> bool:
    """Members have no backups, schedules, sources, no emails whose job is gone, and delete no batches."""
    of_staff = ("/backups/", "/schedules/", "/sources/", "/emails/", "/generate/batches/")
    staff = User.objects.get(pk=client.session["_auth_user_id"]).is_staff
    return staff or not page.startswith(of_staff)


def test_the_administrations_pages_of_those_rows_answer(alice, admin_client):
    rows = list(rows_of(alice))
    remove_old_jobs()
    for row, _, _ in rows:
        meta = row._meta
        if admin_has(type(row)):
            page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
            assert admin_client.get(page).status_code == 200, page


def admin_has(model: type[models.Model]) -> bool:
    from django.contrib import admin

    return admin.site.is_registered(model)
