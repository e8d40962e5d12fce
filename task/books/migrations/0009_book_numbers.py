"""Each book has its ISBN as its number."""

from django.db import migrations, models

import task.kit.keys


def fill(apps, schema_editor):
    """One statement: a million books take seconds."""
    Book = apps.get_model("books", "Book")
    Book._base_manager.filter(number="").update(number=models.F("isbn"))


class Migration(migrations.Migration):
    dependencies = [("books", "0008_carts")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="book",
            name="number",
            field=task.kit.keys.KeyField(
                editable=False, help_text="Its ISBN, or the local number of one without.", max_length=13
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.UniqueConstraint(fields=("number",), name="book_number_once"),
        ),
    ]
