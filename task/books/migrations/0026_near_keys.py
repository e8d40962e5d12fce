"""The near keys of names that are there, and of those that the old version wrote while the columns were made."""

from django.db import migrations

from task.books.models.near import NEAR_LENGTH, near_person, near_subject

AT_ONCE = 500


def fill(apps, schema_editor):
    """Each chunk is a transaction of its own, so that a large catalogue is not locked meanwhile; what stops goes on."""
    for model, near_key in (("Author", near_person), ("Person", near_person), ("Subject", near_subject)):
        names = apps.get_model("books", model)._base_manager
        last = 0
        while some := list(names.filter(pk__gt=last, near_key="").order_by("pk").only("name")[:AT_ONCE]):
            last = some[-1].pk
            for each in some:
                each.near_key = near_key(each.name)[:NEAR_LENGTH]
            names.bulk_update(some, ["near_key"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("books", "0025_source_place"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
