from django.apps import AppConfig

from task.face.panels import Panel


class ApiConfig(AppConfig):
    """Collects every app's `api.py`, which none of them knows."""

    name = "task.api"
    label = "api"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"

    panels = [Panel("api.tokens", "task.api.token_views.tokens", on="profile")]
