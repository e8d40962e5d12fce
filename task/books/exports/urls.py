from django.urls import path

from task.books.exports import views

urlpatterns = [
    path("", views.ExportsView.as_view(), name="exports_list"),
    path("new/", views.NewExportView.as_view(), name="export_new"),
    path("<int:pk>/download/", views.DownloadView.as_view(), name="export_download"),
    path("<int:pk>/delete/", views.DeleteView.as_view(), name="export_delete"),
]
