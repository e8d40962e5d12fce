from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.panels import Panel
from task.jobs import Schedule


class EmailsConfig(AppConfig):
    name = "task.emails"
    label = "emails"
    verbose_name = "Emails"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("emails", "Emails", "emails_list", "staff", search="emails", letter="e")]
    panels = [
        Panel("emails.made", "task.emails.made.email_of", on="job made", kinds=("*",)),
        Panel("emails.link", "task.emails.made.link_of", on="email of"),
    ]
    mail_keepers = ["task.emails.keeping.keep"]
    schedules = [
        Schedule(
            name="Nightly clean-up of old emails",
            kind="emails.retention",
            cron="50 3 * * *",
            words="Deletes emails 30 days after they were sent (EMAILS_KEEP_DAYS).",
        ),
    ]
