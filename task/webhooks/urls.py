from django.urls import path

from task.webhooks import views

urlpatterns = [
    path("webhooks/", views.WebhooksView.as_view(), name="webhooks_list"),
    path("webhooks/new/", views.AddWebhookView.as_view(), name="webhook_new"),
    path("webhooks/<int:pk>/", views.WebhookView.as_view(), name="webhook_detail"),
    path("webhooks/<int:pk>/switch/", views.SwitchView.as_view(), name="webhook_switch"),
    path("webhooks/<int:pk>/delete/", views.DeleteView.as_view(), name="webhook_delete"),
    path(
        "webhooks/<int:pk>/deliveries/<uuid:delivery>/send-again/", views.SendAgainView.as_view(), name="webhook_again"
    ),
]
