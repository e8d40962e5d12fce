from django.apps import AppConfig

from task.face.panels import Panel


class ChaosConfig(AppConfig):
    name = "task.chaos"
    label = "chaos"
    verbose_name = "Pull the plug"

    panels = [Panel("chaos.button", "task.chaos.views.button", on="job actions")]
