"""The words of old jobs, for the search."""

from django.db import models


class IndexedJob(models.Model):
    """The words of a job that is no longer among the newest, folded (`jobs.pages.words`).

    The database lets a job go without it: what runs beside this version during an upgrade knows no index.
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="indexed", db_constraint=False)
    text = models.TextField()

    def __str__(self) -> str:
        return self.text
