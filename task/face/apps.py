from django.apps import AppConfig


class FaceConfig(AppConfig):
    name = "task.face"
    label = "face"
    verbose_name = "Face"
