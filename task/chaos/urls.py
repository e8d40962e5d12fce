from django.urls import path

from task.chaos import views

urlpatterns = [path("jobs/<uuid:pk>/plug/", views.KillRunnerView.as_view(), name="job_kill_runner")]
