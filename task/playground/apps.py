from django.apps import AppConfig

from task.face.menu import MenuEntry


class PlaygroundConfig(AppConfig):
    name = "task.playground"
    label = "playground"
    verbose_name = "Playground"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("playground", "Playground", "playground", "more")]
