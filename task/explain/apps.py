from django.apps import AppConfig


class ExplainConfig(AppConfig):
    name = "task.explain"
    label = "explain"
    verbose_name = "How this works"
