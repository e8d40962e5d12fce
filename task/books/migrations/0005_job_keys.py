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
        ('books', '0004_language'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("book", "job", job(null=True, blank=True, editable=False, db_column="job", db_index=False, help_text="The job that shall fill it.")),
                migrations.AlterField("book", "reserved_by", job(null=True, editable=False, db_column="reserved_by", db_index=False, help_text="The job whose request has it.")),
            ]
        ),
    ]
