"""What jobs are about, as their apps say it (`task.jobs.JobTopic`)."""

from collections.abc import Sequence
from uuid import UUID

from django.apps import apps
from django.utils.module_loading import import_string

from task.jobs.models import Job
from task.jobs.topic import MOST, JobTopic

__all__ = ["MOST", "jobs_about", "set_topics"]


def declared() -> list[JobTopic]:
    return [each for config in apps.get_app_configs() for each in getattr(config, "job_topics", ())]


def set_topics(jobs: Sequence[Job]) -> None:
    """Give each job its `topic`."""
    for each in declared():
        ids = [job.pk for job in jobs if job.kind in each.kinds]
        words: dict[UUID, str] = import_string(each.words)(ids) if ids else {}
        for job in jobs:
            job.topic = words.get(job.pk, job.topic)


def jobs_about(text: str) -> list[UUID]:
    return [pk for each in declared() for pk in import_string(each.search)(text)[:MOST]]
