from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "task.jobs"
    label = "jobs"
    verbose_name = "Jobs"
    default_auto_field = "django.db.models.BigAutoField"
    menu = [("Jobs", "jobs_list")]
    home_panels = ["task.jobs.pages.home.hours", "task.jobs.pages.home.on_the_desk", "task.jobs.pages.home.needs_you"]

    def ready(self) -> None:
        from task.jobs.engine import executor  # noqa: F401  its signal handlers

        autodiscover_modules("tasks")  # every process knows every kind: to end a job, to ring for it, to run it
