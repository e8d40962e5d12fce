from django.urls import path

from task.reports import views

urlpatterns = [
    path("reports/", views.ReportsView.as_view(), name="reports_list"),
    path("reports/new/", views.NewReportView.as_view(), name="report_new"),
    path("reports/<int:pk>/", views.ReportView.as_view(), name="report_detail"),
    path("reports/<int:pk>/download/", views.DownloadView.as_view(), name="report_download"),
    path("reports/<int:pk>/delete/", views.DeleteView.as_view(), name="report_delete"),
]
