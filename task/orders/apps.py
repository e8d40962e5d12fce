from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.panels import Panel


class OrdersConfig(AppConfig):
    name = "task.orders"
    label = "orders"
    verbose_name = "Orders"
    default_auto_field = "django.db.models.BigAutoField"

    # Read by the home page, the navigation and a book's page: (words, url name, place).
    menu = [
        MenuEntry("orders.new", "Order a book", "order_new", "forms"),
        MenuEntry("orders", "Orders", "orders_list", "lists"),
    ]
    panels = [
        Panel("orders.waiting", "task.orders.panels.waiting", place="side"),
        Panel("orders.of_book", "task.orders.panels.of_book", on="book"),
    ]
