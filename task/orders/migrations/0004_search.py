"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.db import migrations, models

SQLITE = (
    # The text stands in the index's own table. Its words are folded and apart already.
    """CREATE VIRTUAL TABLE orders_words USING fts5(text, content='orders_indexedorder', content_rowid='order_id',
    tokenize='ascii', columnsize=0, prefix='1 2 3 4')""",
    """CREATE TRIGGER orders_words_insert AFTER INSERT ON orders_indexedorder BEGIN
    INSERT INTO orders_words (rowid, text) VALUES (new.order_id, new.text);
    END""",
    """CREATE TRIGGER orders_words_delete AFTER DELETE ON orders_indexedorder BEGIN
    INSERT INTO orders_words (orders_words, rowid, text) VALUES ('delete', old.order_id, old.text);
    END""",
    """CREATE TRIGGER orders_words_update AFTER UPDATE ON orders_indexedorder
    WHEN old.text <> new.text OR old.order_id <> new.order_id BEGIN
    INSERT INTO orders_words (orders_words, rowid, text) VALUES ('delete', old.order_id, old.text);
    INSERT INTO orders_words (rowid, text) VALUES (new.order_id, new.text);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE orders_indexedorder ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array(text, ' '), ''))) STORED""",
    # Without a list of what is pending, through which each search would read.
    "CREATE INDEX orders_words ON orders_indexedorder USING gin (words) WITH (fastupdate = off)",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def make(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    """The triggers and PostgreSQL's column go with the table itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE orders_words")


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0003_ordered"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexedOrder",
            fields=[
                ("order", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="indexed", serialize=False, to="orders.order")),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, drop),
    ]
