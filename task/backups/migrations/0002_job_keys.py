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
        ('backups', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("backup", "job_id", "job"),
                migrations.AlterField("backup", "job", job(unique=True, editable=False)),
            ]
        ),
    ]
