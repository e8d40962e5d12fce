"""The field's words for columns: the rows stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0003_missed_at")]

    operations = [
        migrations.RemoveIndex("book", "book_missed"),
        migrations.RenameField("book", "asked_until", "reserved_until"),
        migrations.RenameField("book", "asked_by", "reserved_by"),
        migrations.RenameField("book", "missed_at", "not_found_at"),
        migrations.AddIndex(
            "book",
            models.Index(
                fields=["state", "not_found_at", "id"],
                name="book_not_found",
                condition=models.Q(not_found_at__isnull=False),
            ),
        ),
        migrations.RenameField("bookauthor", "place", "position"),
    ]
