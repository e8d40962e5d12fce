import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def dismiss_for_all(apps, schema_editor):
    """Whoever is there already took these steps long ago."""
    User, Progress = apps.get_model("accounts.User"), apps.get_model("first_steps.Progress")
    keys = User.objects.filter(is_random=False).values_list("pk", flat=True).iterator()
    Progress.objects.bulk_create(
        (Progress(user_id=key, dismissed_at=timezone.now()) for key in keys), batch_size=500
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_job_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job_seen_at",
                    models.DateTimeField(help_text="When the page of a job of theirs was first open.", null=True),
                ),
                ("dismissed_at", models.DateTimeField(null=True)),
            ],
            options={"verbose_name_plural": "progress"},
        ),
        migrations.RunPython(dismiss_for_all, migrations.RunPython.noop),
    ]
