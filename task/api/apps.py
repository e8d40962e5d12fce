from django.apps import AppConfig
from django.utils.module_loading import import_string

from task.face.panels import Panel


class ApiConfig(AppConfig):
    """Collects every app's `api.py`, which none of them knows."""

    name = "task.api"
    label = "api"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"

    panels = [Panel("api.tokens", "task.api.token_views.tokens", on="profile")]

    def ready(self) -> None:
        password_rehashed = import_string("task.accounts.models.password_rehashed")
        password_rehashed.connect(import_string("task.api.models.keep_tokens"), dispatch_uid="api.tokens")
