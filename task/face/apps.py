from django.apps import AppConfig


class FaceConfig(AppConfig):
    name = "task.face"
    label = "face"
    verbose_name = "Face"

    def ready(self) -> None:
        from task.face import checks  # noqa: F401  they register themselves
