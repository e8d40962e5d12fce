from django.apps import AppConfig

from task.face.panels import Panel


class ExplainConfig(AppConfig):
    name = "task.explain"
    label = "explain"
    verbose_name = "How this works"

    panels = [
        Panel("explain.below", "task.explain.panels.below_a_page", on="job kind"),
        Panel("explain.live", "task.explain.panels.live", on="job live"),
        Panel("explain.source", "task.explain.panels.source", on="landing source"),
        Panel("explain.way", "task.explain.panels.way", on="landing"),
    ]
