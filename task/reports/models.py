"""A report, and the repositories in it."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from task.jobs import Now
from task.jobs.models import Job, JobForeignKey
from task.jobs.models import State as JobState
from task.kit.keys import KeyField, fold
from task.reports.languages import in_a_file_name

if TYPE_CHECKING:
    from task.jobs.pages.status import JobStatus

MOST = 1000  # repositories: GitHub's search has no more
NAME_LENGTH = 200
ADDRESS_LENGTH = 500
DESCRIPTION_LENGTH = 1000


def description_of(language: str, count: int) -> str:
    return f"{count:,} {language} repositor{'y' if count == 1 else 'ies'}"


class Report(models.Model):
    """What somebody asked for. Its first job crawls, a child of that builds the file; they lead to the state."""

    class State(models.TextChoices):
        WORKING = "working", "being made"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reports",
        db_index=False,
    )
    language = models.CharField(max_length=50)
    count = models.PositiveSmallIntegerField(help_text="How many were requested.")
    mail = models.BooleanField(default=True, help_text="Whether to email the owner when it is ready.")
    crawl = JobForeignKey(unique=True, editable=False, db_column="crawl", help_text="The job that finds them.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING)
    rows = models.PositiveIntegerField(default=0)
    incomplete = models.BooleanField(default=False, help_text="GitHub did not search everything.")
    size = models.PositiveBigIntegerField(null=True, help_text="Of the file, in bytes.")
    points: "models.JSONField[Any, Any]" = models.JSONField(default=list, help_text="Stars by rank, for the chart.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    ended = models.DateTimeField(null=True, editable=False, help_text="Its age is counted from then.")

    job: Job | None = None  # the one that is at it, where a page has asked (`views.with_jobs`),
    status: "JobStatus | None" = None  # and its state

    class Meta:
        indexes = [
            models.Index(fields=["owner", "id"], name="report_of_owner"),
            models.Index(fields=["owner", "state", "id"], name="report_of_owner_in_state"),
            models.Index(fields=["state", "id"], name="report_in_state"),
            models.Index(fields=["ended", "id"], name="report_by_age"),
        ]

    def __str__(self) -> str:
        return description_of(self.language, self.count)

    def get_absolute_url(self) -> str:
        return reverse("report_detail", args=[self.pk])

    @property
    def is_working(self) -> bool:
        return self.state == self.State.WORKING

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def word(self) -> str:
        """Of its state; while it is being made, whether it waits or runs. Between its two jobs it waits."""
        if not self.is_working:
            return str(self.State(self.state).label)
        return self.status.word if self.status and self.status.is_active else str(JobState.QUEUED.label)

    @property
    def file_name(self) -> str:
        """The same after a restart."""
        return f"github-{in_a_file_name(self.language)}-{self.count}-{self.created:%Y-%m-%d}.csv"


class Repository(models.Model):
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="repositories", db_index=False)
    github_id = models.BigIntegerField()
    rank = models.PositiveSmallIntegerField(default=0, help_text="By stars, from 1; 0 while the report is being made.")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    name_key = KeyField(lambda row: fold(row.name), max_length=NAME_LENGTH)
    full_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    full_key = KeyField(lambda row: fold(row.full_name), max_length=NAME_LENGTH)
    url = models.CharField("address", max_length=ADDRESS_LENGTH, blank=True)
    description = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True)
    stars = models.PositiveIntegerField(default=0)
    forks = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=100, blank=True)
    topics: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    licence = models.CharField(max_length=100, blank=True)
    pushed = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "repositories"
        constraints = [models.UniqueConstraint(fields=["report", "github_id"], name="repository_once_in_a_report")]
        # A search by name looks at the rows of one report, of which there are at most a thousand.
        indexes = [
            models.Index(fields=["report", "-stars", "id"], name="repository_by_stars"),
            models.Index(fields=["report", "-forks", "id"], name="repository_by_forks"),
            models.Index(fields=["report", "name_key", "id"], name="repository_by_name"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.name or f"repository {self.github_id}"
