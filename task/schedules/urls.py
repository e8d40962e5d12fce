from django.urls import path

from task.schedules import views

urlpatterns = [
    path("schedules/", views.SchedulesView.as_view(), name="schedules_list"),
    path("schedules/new/", views.NewScheduleView.as_view(), name="schedule_new"),
    path("schedules/<int:pk>/run/", views.RunNowView.as_view(), name="schedule_run"),
    path("schedules/<int:pk>/switch/", views.SwitchView.as_view(), name="schedule_switch"),
]
