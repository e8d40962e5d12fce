from django.apps import AppConfig
from django.db.models.signals import post_migrate

from task.face.menu import MenuEntry
from task.face.palette import PaletteEntry, PaletteSearch
from task.face.panels import Panel
from task.face.steps import Setting, Step
from task.jobs import JobTopic, Schedule


class BooksConfig(AppConfig):
    name = "task.books"
    label = "books"
    verbose_name = "Books"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [
        MenuEntry("books.scan", "Scan", "books_scan", also=("carts_list", "file_new"), icon="scan", letter="s"),
        MenuEntry(
            "books", "Books", "books_list", also=("authors_list", "people_list", "subjects_list"), search="books",
            icon="books", letter="b",
        ),
        MenuEntry("books.sources", "Sources", "sources_list", "staff"),
        MenuEntry("books.exports", "Exports", "exports_list", "more", order=1),
    ]  # fmt: skip
    panels = [
        Panel("books.scan_box", "task.books.home.scan_box", place="band"),
        Panel("books.catch", "task.books.home.catch", on="every page"),
        Panel("books.attention", "task.books.carts.home.attention", place="attention", order=1),
        Panel("books.cart", "task.books.carts.home.current", place="side"),
        Panel("books.newest", "task.books.home.newest", place="wide"),
        Panel("books.made", "task.books.made.books_of", on="job made", kinds=("books.look_up", "books.refresh")),
        Panel(
            "books.names",
            "task.books.merging.made.change_of",
            on="job made",
            kinds=("books.merge_names", "books.undo_merge", "books.rename"),
        ),
        Panel("books.export", "task.books.exports.made.export_of", on="job made", kinds=("books.export",)),
    ]
    first_steps = [Step("books.scan", "Scan a book", "task.books.home.first_step", "books/_first_step.html", order=1)]
    optional_settings = [
        Setting(
            "CONTACT",
            "Your email or web address. With it, Open Library answers three requests a second instead of one.",
        )
    ]
    job_topics = [JobTopic("task.books.topics.words_of", "task.books.topics.jobs_about", kinds=("books.look_up",))]
    palette = [
        PaletteEntry("books.carts", "Carts", "carts_list", "pages", icon="scan"),
        PaletteEntry("books.removed", "Deleted books", "books_removed", "pages", icon="books", staff=True),
        PaletteEntry("books.authors", "Authors", "authors_list", "pages", icon="books"),
        PaletteEntry("books.people", "People", "people_list", "pages", icon="books"),
        PaletteEntry("books.subjects", "Subjects", "subjects_list", "pages", icon="books"),
        PaletteEntry("books.new", "Enter a book by hand", "book_new", "actions", icon="books"),
        PaletteSearch("books", "Books", "task.books.palette.books", page="books_list"),
    ]
    not_backed_up = ("Photo", "Upload", "UploadPart", "UploadRow", "SourceAnswer", "Export")
    folders_not_backed_up = ("covers/fetched", "exports")  # below MEDIA_ROOT
    after_restore = "task.books.after_restore.begin"
    schedules = [
        Schedule(
            name="Nightly removal of photos of closed carts",
            kind="books.remove_photos",
            cron="55 2 * * *",
            words="Deletes photos of barcodes when their cart is finished, or 7 days after its last scan.",
        ),
        Schedule(
            name="Nightly removal of sent files",
            kind="books.remove_files",
            cron="58 2 * * *",
            words="Deletes files 7 days after their books were added, and files that nobody added after a day.",
        ),
        Schedule(
            name="Nightly clean-up of old exports",
            kind="books.remove_exports",
            cron="56 2 * * *",
            words="Deletes exports and their files 30 days after they were requested (EXPORTS_KEEP_DAYS).",
        ),
        Schedule(
            name="Nightly clean-up of old merges",
            kind="books.remove_moved_links",
            cron="57 2 * * *",
            words="Forgets which books a merge of two names moved, 30 days after it. Until then it can be undone.",
        ),
        Schedule(
            name="Nightly removal of books taken out of the catalogue",
            kind="books.purge",
            cron="50 2 * * *",
            words="Deletes books 30 days after they were removed, unless an order names them.",
        ),
        Schedule(
            name="Nightly fetch of covers",
            kind="books.fetch_covers",
            cron="20 3 * * *",
            words="Fetches the covers that no look-up got: 5,000 a night.",
        ),
        Schedule(
            name="Nightly removal of covers that no book has",
            kind="books.remove_covers",
            cron="52 2 * * *",
            words="Covers of books that have another one now, or are gone for good.",
        ),
        Schedule(
            name="Nightly question to more sources",
            kind="books.ask_more",
            cron="30 3 * * *",
            words="Asks the sources that were away for what found books lack: 5,000 books a night.",
        ),
        Schedule(
            name="Nightly removal of old answers of sources",
            kind="books.remove_answers",
            cron="56 2 * * *",
            words="Deletes the raw answers of sources after a year.",
        ),
        Schedule(
            name="Nightly look for books not found",
            kind="books.look_again",
            cron="10 2 * * *",
            words="Looks up books again that were not found: 1,000 a night, starting with those tried longest ago. "
            "Of books entered by hand it fills in what nobody has written: 100 a night.",
        ),
        Schedule(
            name="Hourly count of the books of each filter",
            kind="books.count_facets",
            every=3600,
            words="Counts the books of each location, subject, author and so on. The list of all books shows it.",
        ),
        Schedule(
            name="Nightly count of authors, people and subjects",
            kind="books.rank",
            cron="40 2 * * *",
            words="Counts which of them have the most books. Their pages show it.",
        ),
    ]

    def ready(self) -> None:
        import task.books.carts.tasks
        import task.books.converters
        import task.books.covers.tasks
        import task.books.exports.tasks
        import task.books.facets.stored
        import task.books.files.tasks
        import task.books.merging.tasks
        import task.books.photos.tasks
        import task.books.sources.dumps.tasks
        import task.books.standing.tasks  # noqa: F401  kinds of their own, and how an address names a book
        from task.books.search.tasks import after_migrate

        post_migrate.connect(after_migrate, sender=self)
