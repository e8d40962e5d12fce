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
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("order", "job", job(editable=False, db_column="job", db_index=False, help_text="The job of its confirmation email.")),
                migrations.AlterField("order", "ended_job", job(null=True, editable=False, db_column="ended_job", db_index=False, help_text="The job of the email about its end.")),
            ]
        ),
    ]
