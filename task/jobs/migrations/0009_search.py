"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.db import migrations, models

from task.kit.search.matching import Index

INDEX = Index("jobs_indexedjob", "id", words="jobs_words", columns=("text",), shown=("job_id",))


def make(apps, schema_editor):
    for statement in INDEX.statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in INDEX.undo_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0008_request_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexedJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="indexed", to="jobs.job")),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, drop),
    ]
