"""Forms that become jobs, and the pages that show them."""

from task.jobs.pages.form_view import JobFormView
from task.jobs.pages.made import jobs_of

__all__ = ["JobFormView", "jobs_of"]
