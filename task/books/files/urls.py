from django.urls import path

from task.books.files import views

urlpatterns = [
    path("", views.FilesView.as_view(), name="file_new"),
    path("<int:pk>/", views.FileView.as_view(), name="file_detail"),
    path("<int:pk>/read/", views.ReadAgainView.as_view(), name="file_read"),
    path("<int:pk>/mend/", views.MendView.as_view(), name="file_mend"),
    path("<int:pk>/add/", views.AddView.as_view(), name="file_add"),
]
