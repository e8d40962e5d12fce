from django.apps import AppConfig

from task.jobs import Schedule


class BooksConfig(AppConfig):
    name = "task.books"
    label = "books"
    verbose_name = "Books"
    default_auto_field = "django.db.models.BigAutoField"

    # Read by the home page and the navigation: (words, url name) or (words, url name, place).
    menu = [("Scan", "books_scan"), ("Books", "books_list")]
    home_panels = ["task.books.home.scan_box", "task.books.home.needs_you", "task.books.home.newest"]
    schedules = [
        Schedule(
            name="Nightly look for missing books",
            kind="books.look_again",
            cron="10 2 * * *",
            words="Asks the sources once more for books that none of them knew, 1,000 a night, longest ago first.",
        ),
    ]
