from django.urls import path

from task.books.merging import views

urlpatterns = [
    path("<names:target>/doubles/", views.DoublesView.as_view(), name="names_doubles"),
    path("<names:target>/doubles/dismiss/", views.NoDoubleView.as_view(), name="names_no_double"),
    path("<names:target>/<int:pk>/rename/", views.RenameView.as_view(), name="name_rename"),
    path("<names:target>/<int:pk>/merge/", views.MergeView.as_view(), name="name_merge"),
    path("names/changes/<int:pk>/undo/", views.UndoView.as_view(), name="name_undo"),
]
