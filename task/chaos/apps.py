from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "task.chaos"
    label = "chaos"
    verbose_name = "Pull the plug"
