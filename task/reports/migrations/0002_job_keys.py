"""The columns that name a job become foreign keys of Django's alone: the tables stay as they are."""

import django.db.models.deletion
from django.db import migrations, models


def job(**options):
    return models.ForeignKey(
        to="jobs.job", on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", db_constraint=False, **options
    )


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ('reports', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("report", "crawl", job(unique=True, editable=False, db_column="crawl", help_text="The job that crawls.")),
            ]
        ),
    ]
