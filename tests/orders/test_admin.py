"""The administration shows orders and changes none: copies and emails hang on their buttons."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from task.books.models import Book
from task.orders.models import Order
from tests.orders.conftest import order_of

pytestmark = pytest.mark.django_db


def test_orders_are_there_to_look_at(client_of: Callable[[Any], Client], alice: Any, book: Book) -> None:
    admin = client_of(get_user_model().objects.create_superuser("root", "root@example.org", "x"))
    order = order_of(alice, book)
    url = reverse("admin:orders_order_change", args=[order.pk])
    listed = admin.get(reverse("admin:orders_order_changelist"), {"state__exact": "received"})
    assert order.number in listed.content.decode()
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"state": "cancelled"}).status_code == 403
    assert admin.get(reverse("admin:orders_order_add")).status_code == 403
    gone = admin.post(reverse("admin:books_book_delete", args=[book.pk]), {"post": "yes"})
    assert "Cannot delete book" in gone.content.decode()
    assert Order.objects.get().state == "received"
