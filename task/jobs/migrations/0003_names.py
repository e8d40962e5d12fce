"""The field's own names, and two columns in place of what stood in the history."""

from django.db import migrations, models


def dismissed(apps, schema_editor):
    """What somebody had put away stood as the last entry of a failed job's history."""
    Job = apps.get_model("jobs", "Job")
    failed = Job.objects.filter(state="failed").only("history", "dismissed_at")
    for job in failed.iterator(chunk_size=500):
        last = job.history[-1] if job.history else {}
        if last.get("what") == "left":
            Job.objects.filter(pk=job.pk).update(dismissed_at=last.get("when"), history=job.history[:-1])


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_pace")]

    operations = [
        migrations.RemoveIndex("job", "job_by_ring"),
        migrations.RenameField("job", "rung", "notified_at"),
        migrations.RenameField("job", "rings", "notifications"),
        migrations.RenameField("job", "submission", "unique_key"),
        migrations.AddField("job", "attempted_at", models.DateTimeField(null=True)),
        migrations.AddField("job", "dismissed_at", models.DateTimeField(null=True)),
        migrations.AddIndex("job", models.Index(fields=["state", "notified_at"], name="job_by_notification")),
        migrations.RenameModel("Pace", "RateLimit"),
        migrations.AlterModelOptions("ratelimit", options={}),
        migrations.RunPython(dismissed, migrations.RunPython.noop, elidable=True),
    ]
