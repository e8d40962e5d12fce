from django.urls import path

from task.playground import views

urlpatterns = [
    path("playground/", views.PlaygroundView.as_view(), name="playground"),
    path("playground/<uuid:pk>/", views.PlaygroundRunView.as_view(), name="playground_run"),
]
