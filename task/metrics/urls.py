from django.urls import path

from task.metrics import views

urlpatterns = [path("metrics", views.metrics, name="metrics")]
