"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.db import migrations, models

from task.kit.search.matching import Index

INDEX = Index("orders_indexedorder", "order_id", words="orders_words", columns=("text",), shown=("order_id",))


def make(apps, schema_editor):
    for statement in INDEX.statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in INDEX.undo_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


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
