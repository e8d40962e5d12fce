from typing import Any

from django.db import migrations, models
from django.db.models import F


def begin_where_it_started(apps: Any, schema_editor: Any) -> None:
    """Jobs under way count from their start; those that ended tell it by their start alone."""
    jobs = apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias)
    jobs.filter(state__in=("queued", "running"), started__isnull=False).update(attempted_at=F("started"))


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0002_pace"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="attempted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(begin_where_it_started, migrations.RunPython.noop),
    ]
