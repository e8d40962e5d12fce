from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.panels import Panel
from task.face.steps import Setting
from task.jobs import Schedule


class ReportsConfig(AppConfig):
    name = "task.reports"
    label = "reports"
    verbose_name = "Reports"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [
        MenuEntry("reports", "Reports", "reports_list", "more", letter="r", hint="on GitHub"),
        MenuEntry("reports.new", "New report", "report_new", "start"),
    ]
    panels = [
        Panel("reports.made", "task.reports.made.report_of", on="job made", kinds=("reports.crawl", "reports.build"))
    ]

    optional_settings = [
        Setting("GITHUB_TOKEN", "A token without any rights. With it, reports ask GitHub 30 times a minute, not 10.")
    ]
    # Read by the schedules: jobs that begin by themselves.
    schedules = [
        Schedule(
            name="Nightly clean-up of old reports",
            kind="reports.retention",
            cron="40 3 * * *",
            words="Deletes reports and their files 30 days after they ended (REPORTS_KEEP_DAYS).",
        ),
    ]
