"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.db import migrations, models

SQLITE = (
    # The text stands in the index's own table. Its words are folded and apart already.
    """CREATE VIRTUAL TABLE jobs_words USING fts5(text, content='jobs_indexedjob', content_rowid='id',
    tokenize='ascii', columnsize=0, prefix='1 2 3 4')""",
    """CREATE TRIGGER jobs_words_insert AFTER INSERT ON jobs_indexedjob BEGIN
    INSERT INTO jobs_words (rowid, text) VALUES (new.id, new.text);
    END""",
    """CREATE TRIGGER jobs_words_delete AFTER DELETE ON jobs_indexedjob BEGIN
    INSERT INTO jobs_words (jobs_words, rowid, text) VALUES ('delete', old.id, old.text);
    END""",
    """CREATE TRIGGER jobs_words_update AFTER UPDATE ON jobs_indexedjob
    WHEN old.text <> new.text OR old.id <> new.id BEGIN
    INSERT INTO jobs_words (jobs_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO jobs_words (rowid, text) VALUES (new.id, new.text);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE jobs_indexedjob ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array(text, ' '), ''))) STORED""",
    # Without a list of what is pending, through which each search would read.
    "CREATE INDEX jobs_words ON jobs_indexedjob USING gin (words) WITH (fastupdate = off)",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def make(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    """The triggers and PostgreSQL's column go with the table itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE jobs_words")


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0008_request_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexedJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="indexed", to="jobs.job")),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, drop),
    ]
