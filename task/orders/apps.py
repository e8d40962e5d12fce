from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.palette import PaletteSearch
from task.face.panels import Panel
from task.jobs import JobTopic

KINDS = ("orders.confirm", "orders.tell_fulfilled", "orders.tell_cancelled")


class OrdersConfig(AppConfig):
    name = "task.orders"
    label = "orders"
    verbose_name = "Orders"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [
        MenuEntry("orders", "Orders", "orders_list", search="orders", icon="order", letter="o"),
        MenuEntry("orders.new", "Order a book", "order_new", "start"),
    ]
    palette = [PaletteSearch("orders", "Orders", "task.orders.palette.orders", page="orders_list")]
    job_topics = [JobTopic("task.orders.topics.words_of", "task.orders.topics.jobs_about", kinds=KINDS)]
    search_indexes = ["task.orders.words.behind"]
    panels = [
        Panel("orders.attention", "task.orders.home.attention", place="attention", order=2),
        Panel("orders.own", "task.orders.home.own", place="side"),
        Panel("orders.of_book", "task.orders.panels.of_book", on="book"),
        Panel("orders.order", "task.orders.panels.order", on="book order"),
        Panel(
            "orders.made",
            "task.orders.made.order_of",
            on="job made",
            kinds=KINDS,
        ),
    ]
