from django.urls import path

from task.jobs.pages import views

urlpatterns = [
    path("jobs/", views.JobsListView.as_view(), name="jobs_list"),
    path("jobs/<uuid:pk>/", views.JobView.as_view(), name="job_detail"),
    path("jobs/<uuid:pk>/live/", views.JobLiveView.as_view(), name="job_live"),
    path("jobs/<uuid:pk>/cancel/", views.CancelView.as_view(), name="job_cancel"),
    path("jobs/<uuid:pk>/retry/", views.RetryView.as_view(), name="job_retry"),
    path("jobs/<uuid:pk>/leave/", views.DismissView.as_view(), name="job_dismiss"),
]
