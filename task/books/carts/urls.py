from django.urls import path

from task.books.carts import views
from task.books.carts.sheet import MendSheetView, SheetView

urlpatterns = [
    path("", views.CartsView.as_view(), name="carts_list"),
    path("new/", views.NewCartView.as_view(), name="cart_new"),
    path("<int:pk>/", views.CartView.as_view(), name="cart_detail"),
    path("<int:pk>/edit/", views.EditCartView.as_view(), name="cart_edit"),
    path("<int:pk>/finish/", views.FinishView.as_view(), name="cart_finish"),
    path("<int:pk>/go-on/", views.GoOnView.as_view(), name="cart_go_on"),
    path("<int:pk>/try-again/", views.TryAgainView.as_view(), name="cart_try_again"),
    path("<int:pk>/undo/", views.UndoCartView.as_view(), name="cart_undo"),
    path("<int:pk>/needs-work.csv", SheetView.as_view(), name="cart_sheet"),
    path("<int:pk>/mend/", MendSheetView.as_view(), name="cart_mend"),
]
