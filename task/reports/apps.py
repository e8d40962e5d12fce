from django.apps import AppConfig

from task.face.menu import MenuEntry


class ReportsConfig(AppConfig):
    name = "task.reports"
    label = "reports"
    verbose_name = "Reports"
    default_auto_field = "django.db.models.BigAutoField"

    # Read by the home page and the navigation: (words, url name) or (words, url name, place).
    menu = [
        MenuEntry("reports.new", "New report", "report_new", "forms"),
        MenuEntry("reports", "Reports", "reports_list", "lists"),
    ]

    # Read by the schedules: jobs that begin by themselves.
    schedules = [
        {
            "name": "Nightly removal of old reports",
            "kind": "reports.retention",
            "cron": "40 3 * * *",
            "enabled": True,
            "arguments": {},
            "words": "Removes reports with their files, REPORTS_KEEP_DAYS after they ended.",
        }
    ]
