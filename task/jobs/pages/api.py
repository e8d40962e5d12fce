"""What the features' `api.py` share of jobs: how a job reads as JSON, and how a request becomes one.

A request that starts a job is answered at once, with the job's address in `Location`. With an `Idempotency-Key` the
same request, sent again, is the same job and has the same answer. With `Prefer: wait=10` the answer waits until the job
ends.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from task.jobs.engine.declare import JobTask
from task.jobs.engine.enqueue import unique_key_of
from task.jobs.engine.registry import label_of
from task.jobs.models import FirstAnswer, Job
from task.jobs.pages.status import status_of
from task.jobs.pages.timeline import Event, timeline
from task.kit.api import ProblemSerializer, fingerprint, plain, reader_of, refusal
from task.kit.later import Later, can_wait, has_waited

LONGEST_WAIT = 10.0  # seconds that an answer may be held back
OTHER_REQUEST = "You sent another request with this Idempotency-Key before. Send this one with a new key."
KEY = re.compile(r"[!-~]{1,200}")  # ASCII that can be seen
PREFER = re.compile(r"\bwait\s*=\s*\"?(\d{1,6})")
PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds between two looks whether a job has ended; the last again and again


# A job


class EventSerializer(serializers.Serializer[Any]):
    when = serializers.DateTimeField(allow_null=True)
    sentence = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    def get_sentence(self, event: Event) -> str:
        return plain(event["sentence"])

    def get_detail(self, event: Event) -> str:
        return plain(event["detail"])


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job, as its page tells of it."""

    url = serializers.HyperlinkedIdentityField(view_name="api:job-detail")
    label = serializers.SerializerMethodField(  # type: ignore[assignment]  # the field of that name
        help_text="What jobs of this kind do, in words."
    )
    percent = serializers.SerializerMethodField()
    words = serializers.SerializerMethodField(help_text="What it waits for, does, or came to.")
    requested_by = serializers.SerializerMethodField(help_text="Null for jobs that a schedule began.")

    class Meta:
        model = Job
        fields: ClassVar[Any] = [
            "id", "url", "kind", "label", "title", "state", "words", "done", "total", "percent", "message", "error",
            "requested_by", "created", "started", "finished", "run_after",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    def get_label(self, job: Job) -> str:
        return label_of(job.kind)

    @extend_schema_field({"type": "integer", "nullable": True, "minimum": 0, "maximum": 100})
    def get_percent(self, job: Job) -> int | None:
        return status_of(job).percent

    def get_words(self, job: Job) -> str:
        return plain(status_of(job).words)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_requested_by(self, job: Job) -> str | None:
        return str(job.owner) if job.owner else None


class JobDetailSerializer(JobSerializer):
    """With what happened, and what was counted."""

    timeline = serializers.SerializerMethodField()

    class Meta(JobSerializer.Meta):
        fields: ClassVar[Any] = [*JobSerializer.Meta.fields, "dismissed_at", "tally", "timeline"]
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field(EventSerializer(many=True))
    def get_timeline(self, job: Job) -> Any:
        return EventSerializer(timeline(job, reader_of(self.context["request"])), many=True).data


def etag_of(job: Job) -> str:
    """Another one as soon as anything that is told of the job is another."""
    shown = (job.pk, job.state, job.done, job.total, job.claims, job.message, job.error, job.run_after, job.title)
    seen = repr((*shown, job.cancel_requested, job.dismissed_at, len(job.history), job.tally))
    return f'W/"{hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:32]}"'


# A request becomes a job

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "pattern": f"^{KEY.pattern}$"}, OpenApiParameter.HEADER,
    description="A name of your own for this request: sent again with it, it is the same job and the same answer.",
    required=False,
)  # fmt: skip
WAIT = OpenApiParameter(
    "Prefer", OpenApiTypes.STR, OpenApiParameter.HEADER, required=False,
    description="`wait=10` holds the answer until the job ends, at most ten seconds.",
)  # fmt: skip
PROBLEMS: dict[int, Any] = {
    400: OpenApiResponse(ProblemSerializer, "What is wrong with the request."),
    401: OpenApiResponse(ProblemSerializer, "Not logged in, or a token that ended."),
    429: OpenApiResponse(ProblemSerializer, "Too many requests."),
}


def idempotency_key(request: Request) -> str | None:
    """As it was sent. Raises ValidationError where it is none."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        words = "An Idempotency-Key has 1 to 200 characters of ASCII, without spaces."
        raise serializers.ValidationError({"Idempotency-Key": words})
    return key


class JobRequest:
    """One request that starts a job, and what it was answered if it was sent before."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.key = idempotency_key(request)
        route = f"{request.method} {request.path}"
        self.name = unique_key_of(f"user {request.user.pk}", route, self.key, ()) if self.key else None
        self.fingerprint = fingerprint(request) if self.key else ""

    def before(self) -> Response | None:
        """The first answer to the same request. To be asked before anything is validated."""
        first = FirstAnswer.objects.filter(pk=self.name).first() if self.name else None
        if first is None:
            return None
        if first.fingerprint != self.fingerprint:
            return refusal(422, OTHER_REQUEST)
        return Response(first.body, status=first.status, headers={"Location": first.location})

    def _keep(self, body: Any, status: int, job: Job) -> None:
        """In the transaction of the job."""
        if self.name:
            FirstAnswer.objects.create(
                key=self.name, fingerprint=self.fingerprint, status=status, body=body, job=job,
                location=self.address(job),
            )  # fmt: skip

    def start(
        self,
        task: JobTask[...],
        arguments: Mapping[str, Any],
        rows: Callable[[Job], Mapping[str, Any] | None] | None = None,
        answer: Callable[[Job], Any] | None = None,
        status: int = 202,
    ) -> Response:
        """Start a job: its rows, and the answer if it has a key, are saved with it.

        `answer(job)` is the body; without it the job's own. The answer waits for the job's end when that is preferred.
        """

        owner, name = self.request.user, self.name
        return self.begin(
            lambda: task.apply_async(kwargs=arguments, owner=owner, rows=rows, unique_key=name), answer, status
        )

    def begin(
        self, begin: Callable[[], Job], answer: Callable[[Job], Any] | None = None, status: int = 202
    ) -> Response:
        """The answer to whatever starts the job, which names it `self.name` where there is a key."""
        try:
            with transaction.atomic():
                job = begin()
                body = answer(job) if answer else job_as_json(self.request, job)
                self._keep(body, status, job)
        except IntegrityError:
            if first := self.before():
                return first
            if self.name and Job.objects.filter(unique_key=self.name).exists():
                words = "The first request with this Idempotency-Key is still at work. Send this one again in a moment."
                return refusal(409, words)
            raise
        job, headers = wait_for(self.request, job)
        if headers:  # it has waited, and what it tells of is another meanwhile
            body = answer(job) if answer else job_as_json(self.request, job)
        return Response(body, status=status, headers={"Location": self.address(job), **headers})

    def address(self, job: Job) -> str:
        return str(reverse("api:job-detail", args=[job.pk], request=self.request))


def job_as_json(request: Request, job: Job) -> Any:
    return JobSerializer(job, context={"request": request}).data


# Waiting


class Waiters:
    """At most a quarter of the web's threads wait for jobs; the others are answered at once."""

    def __init__(self) -> None:
        self.lock, self.waiting = threading.Lock(), 0

    @contextmanager
    def one(self) -> Iterator[bool]:
        with self.lock:
            free = self.waiting < max(1, settings.WEB_THREADS // 4)
            self.waiting += free
        try:
            yield free
        finally:
            with self.lock:
                self.waiting -= free


waiters = Waiters()


def close_connection() -> None:
    """Nobody else has to wait for it while somebody waits for a job."""
    if not connection.in_atomic_block:
        connection.close()


def ended(keys: list[Any]) -> set[Any]:
    """Those of these jobs that do not wait nor run any more; a job that is gone is one of them."""
    close_old_connections()
    try:
        return set(keys) - set(Job.objects.filter(pk__in=keys).active().values_list("pk", flat=True))
    finally:
        close_old_connections()


def wait_for(request: Request, job: Job) -> tuple[Job, dict[str, str]]:
    """The job as it is when it has ended or the preferred time is over, and the headers that say so.

    The desk's own server holds a request that changes nothing without a thread; else at most a quarter of them wait.
    """
    preferred = PREFER.search(request.headers.get("Prefer", ""))
    applied = {"Preference-Applied": f"wait={int(preferred[1])}"} if preferred else {}
    if preferred and has_waited(request.META):
        return job, applied
    if not preferred or not job.is_active:
        return job, {}
    seconds = min(float(preferred[1]), LONGEST_WAIT)
    if request.method == "GET" and can_wait(request.META):
        close_connection()
        raise Later(ended, job.pk, seconds)
    with waiters.one() as free:
        if not free:
            return job, {"Retry-After": "1"}
        deadline, tries = time.monotonic() + seconds, 0
        while job.is_active and (left := deadline - time.monotonic()) > 0:
            close_connection()
            time.sleep(min(left, PAUSES[min(tries, len(PAUSES) - 1)]))
            job, tries = Job.objects.get(pk=job.pk), tries + 1
    return job, applied
