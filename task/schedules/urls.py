from django.urls import path

from task.schedules import views

urlpatterns = [
    path("schedules/", views.SchedulesView.as_view(), name="schedules_list"),
    path("schedules/<int:pk>/run/", views.RunNowView.as_view(), name="schedule_run"),
    path("schedules/<int:pk>/switch/", views.SwitchView.as_view(), name="schedule_switch"),
]
