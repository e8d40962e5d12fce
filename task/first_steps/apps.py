from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.panels import Panel
from task.face.steps import Step


class FirstStepsConfig(AppConfig):
    name = "task.first_steps"
    label = "first_steps"
    verbose_name = "First steps"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("first_steps", "First steps", "first_steps", "more", order=8)]
    panels = [
        Panel("first_steps.card", "task.first_steps.home.card", place="first"),
        Panel("first_steps.job_page", "task.first_steps.home.note_job_page", on="job kind"),
    ]
    first_steps = [
        Step("first_steps.job", "Look at its job", "task.first_steps.home.job_step", "first_steps/_job.html", order=2),
        Step(
            "first_steps.settings",
            "Check the settings",
            "task.first_steps.home.settings_step",
            "first_steps/_settings.html",
            order=4,
            for_staff=True,
        ),
    ]
