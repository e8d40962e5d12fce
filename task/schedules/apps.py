from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from task.face.menu import MenuEntry
from task.face.panels import Panel
from task.jobs import Schedule


class SchedulesConfig(AppConfig):
    name = "task.schedules"
    label = "schedules"
    verbose_name = "Schedules"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("schedules", "Schedules", "schedules_list", "staff", letter="c")]
    panels = [Panel("schedules.attention", "task.schedules.home.attention", place="attention")]
    schedules = [
        Schedule(
            name="Nightly clean-up of old jobs",
            kind="schedules.retention",
            cron="30 3 * * *",
            words="Deletes automatic jobs after 30 days (JOBS_KEEP_DAYS), people’s after 365 (JOBS_KEEP_OWNED_DAYS).",
        ),
        Schedule(
            name="Hourly index for the search",
            kind="schedules.index",
            every=3600,
            words="Indexes new jobs, so that search finds them.",
        ),
        Schedule(
            name="Nightly summary",
            kind="schedules.summary",
            cron="0 7 * * *",
            words="Emails each member of staff what happened in the last 24 hours, and what failed.",
        ),
        Schedule(
            name="Example: every 2 seconds",
            kind="schedules.tick",
            every=2,
            enabled=False,
            words="A job that does nothing. Switch it on to see how little a schedule costs.",
        ),
        Schedule(
            name="Example: good morning",
            kind="schedules.good_morning",
            cron="50 8 * * *",
            enabled=False,
            words="Says good morning at 08:50, in the time zone of the settings.",
        ),
    ]

    def ready(self) -> None:
        from task.schedules import checks, late  # noqa: F401  they register themselves
        from task.schedules.declared import make_rows

        post_migrate.connect(make_rows, sender=apps.get_app_config("django_celery_beat"))
