from django.urls import path

from task.emails import views

urlpatterns = [
    path("emails/", views.EmailsView.as_view(), name="emails_list"),
    path("emails/test/", views.TestEmailView.as_view(), name="emails_test"),
    path("emails/<uuid:pk>/", views.EmailView.as_view(), name="email_detail"),
    path("emails/<uuid:pk>/html/", views.EmailHtmlView.as_view(), name="email_html"),
]
