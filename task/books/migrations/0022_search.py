"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.db import migrations, models

import task.kit.keys

SQLITE = (
    # The text stands in the index's own table. Its words are folded and apart already.
    """CREATE VIRTUAL TABLE books_words USING fts5(title, authors, others, content='books_indexedbook',
    content_rowid='book_id', tokenize='ascii', columnsize=0, prefix='1 2 3 4')""",
    """CREATE TRIGGER books_words_insert AFTER INSERT ON books_indexedbook BEGIN
    INSERT INTO books_words (rowid, title, authors, others) VALUES (new.book_id, new.title, new.authors, new.others);
    END""",
    """CREATE TRIGGER books_words_delete AFTER DELETE ON books_indexedbook BEGIN
    INSERT INTO books_words (books_words, rowid, title, authors, others)
    VALUES ('delete', old.book_id, old.title, old.authors, old.others);
    END""",
    """CREATE TRIGGER books_words_update AFTER UPDATE ON books_indexedbook
    WHEN old.title <> new.title OR old.authors <> new.authors OR old.others <> new.others OR old.book_id <> new.book_id
    BEGIN
    INSERT INTO books_words (books_words, rowid, title, authors, others)
    VALUES ('delete', old.book_id, old.title, old.authors, old.others);
    INSERT INTO books_words (rowid, title, authors, others) VALUES (new.book_id, new.title, new.authors, new.others);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE books_indexedbook ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array(title || ' ' || authors || ' ' || others, ' '), ''))) STORED""",
    # Without a list of what is pending, through which each search would read.
    "CREATE INDEX books_words ON books_indexedbook USING gin (words) WITH (fastupdate = off)",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def make(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    """The triggers and PostgreSQL's column go with the table itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE books_words")


def index_later(apps, schema_editor):
    """A job indexes the books that are here. Until then titles and authors are found by their beginnings."""
    if apps.get_model("books", "Book")._base_manager.exclude(title="").exists():
        apps.get_model("books", "IndexDue")._default_manager.create()


class Migration(migrations.Migration):

    dependencies = [
        ("books", "0021_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="IndexedBook",
            fields=[
                ("book", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="indexed", serialize=False, to="books.book")),
                ("beginning", task.kit.keys.KeyField(editable=False, help_text="How its title begins, without an article.", max_length=200)),
                ("title", models.TextField()),
                ("authors", models.TextField()),
                ("others", models.TextField(help_text="Words of its other fields, and parts of its ISBN.")),
            ],
            options={
                "indexes": [models.Index(fields=["beginning", "book"], name="indexed_by_beginning")],
            },
        ),
        migrations.RunPython(make, drop),
        migrations.RunPython(index_later, migrations.RunPython.noop),
    ]
