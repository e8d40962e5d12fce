from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from task.face.menu import MenuEntry
from task.face.palette import PaletteSearch
from task.face.panels import Panel


class JobsConfig(AppConfig):
    name = "task.jobs"
    label = "jobs"
    verbose_name = "Jobs"
    default_auto_field = "django.db.models.BigAutoField"
    menu = [
        MenuEntry(
            "jobs",
            "Jobs",
            "jobs_list",
            search="jobs",
            counts="task.jobs.pages.home.menu_counts",
            icon="row",
            order=1,
            letter="j",
        ),
    ]
    panels = [
        Panel("jobs.hours", "task.jobs.pages.home.hours", place="corner"),
        Panel("jobs.active", "task.jobs.pages.home.active", place="main"),
        Panel("jobs.attention", "task.jobs.pages.home.attention", place="attention"),
    ]
    search_indexes = ["task.jobs.pages.words.behind"]
    search_left_over = ["task.jobs.pages.words.left_over"]
    palette = [PaletteSearch("jobs", "Jobs", "task.jobs.pages.palette.jobs", page="jobs_list")]

    def ready(self) -> None:
        from task.jobs import checks  # noqa: F401  they register themselves
        from task.jobs.engine import celery  # noqa: F401  its signal handlers

        autodiscover_modules("tasks")  # every process knows every kind: to end a job, to notify for it, to run it
