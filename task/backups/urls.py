from django.urls import path

from task.backups import views

urlpatterns = [
    path("backups/", views.BackupsListView.as_view(), name="backups_list"),
    path("backups/new/", views.BackUpView.as_view(), name="backup_new"),
    path("backups/<int:pk>/download/", views.DownloadView.as_view(), name="backup_download"),
]
