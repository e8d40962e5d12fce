"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from task.kit.search.matching import Index

INDEX = Index("accounts_indexeduser", "user_id", words="accounts_words", columns=("text",), shown=("user_id",))


def make(apps, schema_editor):
    for statement in INDEX.statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in INDEX.undo_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0007_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexedUser",
            fields=[
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="indexed", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, drop),
    ]
