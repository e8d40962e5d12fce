"""The index of the search. A later migration that makes this table anew on SQLite must make its triggers again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQLITE = (
    # The text stands in the index's own table. Its words are folded and apart already.
    """CREATE VIRTUAL TABLE accounts_words USING fts5(text, content='accounts_indexeduser', content_rowid='user_id',
    tokenize='ascii', columnsize=0, prefix='1 2 3 4')""",
    """CREATE TRIGGER accounts_words_insert AFTER INSERT ON accounts_indexeduser BEGIN
    INSERT INTO accounts_words (rowid, text) VALUES (new.user_id, new.text);
    END""",
    """CREATE TRIGGER accounts_words_delete AFTER DELETE ON accounts_indexeduser BEGIN
    INSERT INTO accounts_words (accounts_words, rowid, text) VALUES ('delete', old.user_id, old.text);
    END""",
    """CREATE TRIGGER accounts_words_update AFTER UPDATE ON accounts_indexeduser
    WHEN old.text <> new.text OR old.user_id <> new.user_id BEGIN
    INSERT INTO accounts_words (accounts_words, rowid, text) VALUES ('delete', old.user_id, old.text);
    INSERT INTO accounts_words (rowid, text) VALUES (new.user_id, new.text);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE accounts_indexeduser ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(array_remove(
    string_to_array(text, ' '), ''))) STORED""",
    # Without a list of what is pending, through which each search would read.
    "CREATE INDEX accounts_words ON accounts_indexeduser USING gin (words) WITH (fastupdate = off)",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def make(apps, schema_editor):
    for statement in STATEMENTS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    """The triggers and PostgreSQL's column go with the table itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE accounts_words")


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0007_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexedUser",
            fields=[
                ("user", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="indexed", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(make, drop),
    ]
