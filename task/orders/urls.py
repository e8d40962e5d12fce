from django.urls import path

from task.orders import views

urlpatterns = [
    path("orders/", views.OrdersView.as_view(), name="orders_list"),
    path("orders/new/", views.OrderView.as_view(), name="order_new"),
    path("orders/<str:number>/", views.OrderDetailView.as_view(), name="order_detail"),
    path("orders/<str:number>/fulfil/", views.FulfilView.as_view(), name="order_fulfil"),
    path("orders/<str:number>/cancel/", views.CancelView.as_view(), name="order_cancel"),
]
