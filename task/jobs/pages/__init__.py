"""Forms that become jobs, and the pages that show them."""

from task.jobs.pages.form_view import JobFormView

__all__ = ["JobFormView"]
