"""Books know how many of their copies are promised."""

from django.db import migrations
from django.db.models import Sum


def count(apps, schema_editor):
    Book = apps.get_model("books", "Book")
    received = apps.get_model("orders", "Order").objects.filter(state="received").order_by()
    for row in received.values("book").annotate(number=Sum("quantity")).iterator():
        Book._base_manager.filter(pk=row["book"]).update(ordered=row["number"])


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_job_keys"), ("books", "0009_book_numbers")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
