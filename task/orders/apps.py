from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "task.orders"
    label = "orders"
    verbose_name = "Orders"
    default_auto_field = "django.db.models.BigAutoField"

    # Read by the home page, the navigation and a book's page: (words, url name, place).
    menu = [("Order a book", "order_new", "forms"), ("Orders", "orders_list", "lists")]
    home_panels = ["task.orders.panels.waiting"]
    book_panels = ["task.orders.panels.of_book"]
