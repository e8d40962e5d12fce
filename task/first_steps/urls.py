from django.urls import path

from task.first_steps import views

urlpatterns = [
    path("first-steps/", views.StepsView.as_view(), name="first_steps"),
    path("first-steps/dismiss/", views.DismissView.as_view(), name="first_steps_dismiss"),
    path("first-steps/show/", views.ShowView.as_view(), name="first_steps_show"),
]
