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
        ('accounts', '0003_pending_sign_up'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("userbatch", "job_id", "job"),
                migrations.AlterField("userbatch", "job", job(unique=True, editable=False, help_text="The job that makes its users.")),
                migrations.AlterField("userbatch", "deleting", job(null=True, blank=True, db_column="deleting", db_index=False, help_text="The job that deletes its users.")),
            ]
        ),
    ]
