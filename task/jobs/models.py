"""The row that is the truth about a job, how another row names it, and how a worker shows that it lives."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Count, Q
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.urls import reverse

from task.jobs.conf import conf
from task.jobs.engine.clock import Now
from task.jobs.indexed import IndexedJob as IndexedJob

if TYPE_CHECKING:
    from django.db.models.query_utils import PathInfo

    ForeignKey = models.ForeignKey["Job | None", "Job | None"]
    Descriptor = ForwardManyToOneDescriptor["JobForeignKey"]
else:
    ForeignKey, Descriptor = models.ForeignKey, ForwardManyToOneDescriptor


class State(models.TextChoices):
    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


ACTIVE = (State.QUEUED, State.RUNNING)
ENDED_BADLY = (State.FAILED, State.CANCELLED)  # what a person may retry
DUE = Q(state=State.QUEUED) & (Q(run_after=None) | Q(run_after__lte=Now()))  # it waits, and its time has come
SEEN_WITHIN = timedelta(seconds=20)  # a worker says every few seconds that it lives
MOST_COUNTED = 50_000  # jobs, where a count is for a graph
UNLISTED = ("arguments", "cursor", "traceback", "runner", "request_id")  # wide, or nobody else's business


def unlisted(path: str) -> list[str]:
    """What a list of other rows defers of the job that it selects along `path`."""
    return [f"{path}__{name}" for name in UNLISTED]


def storable(value: Any) -> Any:
    """A text as every database takes it: PostgreSQL knows no NUL, and half a surrogate pair is no UTF-8.

    What went wrong may be told in any characters, and a job must end all the same. What is no text stays as it is.
    """
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


class JobQuerySet(models.QuerySet["Job"]):
    """`Job.objects.seen_by(user).for_list().active()`: each narrows the one before it, in any order."""

    # Whose

    def seen_by(self, user: Any) -> Self:
        """What this person may see: staff all, others their own, so that a stranger's job is a 404; a visitor none."""
        return self.all() if user.is_staff else self.owned_by(user)

    def owned_by(self, user: Any) -> Self:
        """What this person has submitted. A visitor has nothing: jobs without an owner are the desk's."""
        return self.filter(owner=user.pk) if user.pk else self.none()

    # In which state

    def queued(self) -> Self:
        return self.filter(state=State.QUEUED)

    def running(self) -> Self:
        return self.filter(state=State.RUNNING)

    def active(self) -> Self:
        """They wait or run: nobody knows yet how they end."""
        return self.filter(state__in=ACTIVE)

    def due(self) -> Self:
        """They wait for a worker and for nothing else, by the database's clock."""
        return self.filter(DUE)

    def failed(self) -> Self:
        return self.filter(state=State.FAILED)

    def ended_badly(self) -> Self:
        return self.filter(state__in=ENDED_BADLY)

    def need_attention(self) -> Self:
        """They failed, and nobody has dismissed them."""
        return self.failed().filter(dismissed_at=None)

    def of_kinds(self, names: Iterable[str]) -> Self:
        return self.filter(kind__in=tuple(names))

    # How they are read

    def for_list(self) -> Self:
        """With what a list shows: the owner without the password's hash, and no wide columns."""
        return self.select_related("owner").defer(*UNLISTED, "owner__password")

    def newest_first(self) -> Self:
        return self.order_by("-created", "-id")

    def by_kind(self, **more: Any) -> list[dict[str, Any]]:
        """A row a kind: how many there are, and what `more` aggregates say. The first MOST_COUNTED are counted."""
        first = Job.objects.filter(pk__in=self.values("pk")[:MOST_COUNTED])
        rows: Any = first.values("kind").annotate(count=Count("pk"), **more).order_by("kind")
        return list(rows)

    def now(self) -> datetime:
        """The database's clock, read along with one of these rows. Raises Job.DoesNotExist where there is none."""
        time: datetime = self.order_by().annotate(now=Now()).values_list("now", flat=True)[:1].get()
        return time


class Job(models.Model):
    """One submission of one person, or of the system. All times are the database's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # also Celery's task id
    kind = models.CharField(max_length=100)  # a fixed name such as "accounts.generate", no module path
    title = models.CharField(max_length=300)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="jobs",
        db_index=False,
    )
    arguments = models.JSONField(default=dict)  # never a secret
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    tally = models.JSONField(default=dict)
    cursor = models.JSONField(null=True)
    message = models.TextField(default="")
    error = models.TextField(default="")  # a sentence for the owner
    traceback = models.TextField(default="")  # staff
    claims = models.PositiveIntegerField(default=0)  # only grows: the fencing token
    faults = models.PositiveSmallIntegerField(default=0)  # since the last committed step
    notified_at = models.DateTimeField(db_default=Now())
    notifications = models.PositiveSmallIntegerField(default=0)  # since it was queued
    run_after = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    runner = models.CharField(max_length=200, default="")  # host and pid, for people
    cancel_requested = models.BooleanField(default=False)
    unique_key = models.CharField(max_length=64, null=True, unique=True)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="children", db_index=False
    )  # of a follow-up
    history = models.JSONField(default=list)  # the unusual only: a fault, a lost worker, a retry
    created = models.DateTimeField(db_default=Now())
    started = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)  # when this attempt began: anew once a person retries
    finished = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)  # somebody has seen that it failed
    request_id = models.CharField(max_length=64, null=True)  # of the web's request that it came of, for the log

    objects = JobQuerySet.as_manager()
    notified: bool | None = None  # whether the broker took the notification; None before the commit
    topic = ""  # what it is about, where a page has asked (`pages.topics`)
    follow_ups = ""  # in words, where a page has asked (`pages.follow_ups`)

    class Meta:
        indexes = [
            models.Index(fields=["created", "id"], name="job_newest"),
            models.Index(fields=["owner", "created", "id"], name="job_newest_of_owner"),
            models.Index(fields=["state", "created", "id"], name="job_newest_in_state"),
            models.Index(fields=["kind", "created", "id"], name="job_newest_of_kind"),
            models.Index(fields=["owner", "state", "created", "id"], name="job_newest_own_in_state"),
            models.Index(fields=["parent", "created", "id"], name="job_oldest_follow_up"),
            models.Index(fields=["owner", "created", "id"], condition=Q(parent=None), name="job_newest_own_first_hand"),
            # What maintenance, and a job at the end of its turn, look for. Not partial: SQLite takes no partial index
            # where the state is a parameter.
            models.Index(fields=["state", "notified_at"], name="job_by_notification"),
            models.Index(fields=["state", "run_after"], name="job_by_pause"),
            models.Index(fields=["state", "lease_until"], name="job_by_lease"),
            # What has ended lately.
            models.Index(fields=["finished"], condition=Q(finished__isnull=False), name="job_by_end"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("job_detail", args=[self.pk])

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def wait(self) -> timedelta | None:
        return self.started - self.created if self.started else None

    @property
    def duration(self) -> timedelta | None:
        """Of this attempt."""
        return self.finished - self.began if self.began and self.finished else None

    @property
    def began(self) -> datetime | None:
        """When this attempt began. None where that is not known: before its first claim, and of an old row."""
        return self.attempted_at or (None if self._last_retry else self.started)

    @property
    def done_before(self) -> int | None:
        """What earlier attempts had done. None where that fell out of the history."""
        if self._last_retry is not None:
            return int(self._last_retry.get("done", 0))
        return 0 if self.attempted_at in (None, self.started) else None

    @property
    def _last_retry(self) -> dict[str, Any] | None:
        return next((entry for entry in reversed(self.history) if entry.get("what") == "retry"), None)

    @property
    def workers_lost(self) -> list[int]:
        """The places (in units of `done`) at which a worker was lost."""
        return [entry.get("done", 0) for entry in self.history if entry.get("what") == "worker lost"]

    def note(self, what: str, **facts: Any) -> None:
        """Add an unusual event to the history, by the database's clock. JOBS_HISTORY are kept. The caller saves."""
        now = Job.objects.filter(pk=self.pk).now()
        stored = {name: storable(fact) for name, fact in facts.items()}
        event = {"what": what, "when": now.isoformat(), "done": self.done, **stored}
        self.history = [*self.history, event][-conf.HISTORY :]


class JobOrNone(Descriptor):
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        try:
            return super().__get__(instance, cls)
        except ObjectDoesNotExist:
            self.field.set_cached_value(instance, None)  # asked once
            return None


class JobForeignKey(ForeignKey):
    """Names a job, which may go before the row does: retention removes jobs, never what they made.

    `row.job` is the job, or None once it is gone; `row.job_id` stays as it is. Nothing happens to the row, and nothing
    keeps the job: the database checks nothing. The job knows no way back. Takes what a ForeignKey takes, but `to`,
    `on_delete`, `related_name` and `db_constraint`.
    """

    forward_related_accessor_class = JobOrNone

    def __init__(self, **options: Any) -> None:
        ours = {"to": "jobs.Job", "on_delete": models.DO_NOTHING, "related_name": "+", "db_constraint": False}
        super().__init__(**{**options, **ours})

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """In migrations it is a plain foreign key, so that they stay readable wherever this class goes."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def get_path_info(self, filtered_relation: Any = None) -> "list[PathInfo]":
        """`select_related` is a LEFT JOIN also where the column is not null: else rows whose job is gone went too."""
        optional = self.__copy__()
        optional.null = True
        return [path._replace(join_field=optional) for path in super().get_path_info(filtered_relation)]

    def validate(self, value: Any, model_instance: Any) -> None:
        """As any column: a form must not fail because a job is gone."""
        models.Field.validate(self, value, model_instance)

    def _check_unique(self, **kwargs: Any) -> list[Any]:
        return []  # unique, and no OneToOneField: that one would show on the job


class WorkerQuerySet(models.QuerySet["Worker"]):
    def living(self) -> Self:
        return self.filter(seen__gte=Now() - SEEN_WITHIN)


class Worker(models.Model):
    """A worker's main process, seen every few seconds by its own maintenance."""

    name = models.CharField(max_length=200, primary_key=True)  # host and pid
    started = models.DateTimeField(db_default=Now())
    seen = models.DateTimeField(db_default=Now())
    listens = models.BooleanField(db_default=True)  # to the broker

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class RateLimit(models.Model):
    """How fast another service may be asked: one row a service, one for all workers."""

    source = models.CharField(max_length=30, unique=True)
    next_at = models.DateTimeField(help_text="Not before then.")
    blocked_until = models.DateTimeField(null=True, blank=True, help_text="It asked everybody to wait.")
    reason = models.CharField(max_length=500, blank=True)
    strikes = models.PositiveSmallIntegerField(default=0, help_text="How often in a row it refused.")

    def __str__(self) -> str:
        return self.source


class FirstAnswer(models.Model):
    """What a program's request with an Idempotency-Key was answered first: it is answered the same again."""

    key = models.CharField(max_length=64, primary_key=True)  # of the person, the route and the key
    fingerprint = models.CharField(max_length=64)  # of the request's body
    job = JobForeignKey(editable=False)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    location = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.key
