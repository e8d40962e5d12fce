import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import task.jobs.engine.clock
import task.kit.keys


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        editable=False,
                        help_text="Of the job that sends the email.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("email_key", task.kit.keys.KeyField(editable=False, max_length=762)),
                (
                    "created",
                    models.DateTimeField(db_default=task.jobs.engine.clock.Now(), db_index=True, editable=False),
                ),
                ("used_at", models.DateTimeField(editable=False, null=True)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        editable=False,
                        help_text="The account that was made of it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitation",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["email_key", "created"], name="invitation_by_email")]},
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("is_open", models.BooleanField(default=True)),
                ("changed", models.DateTimeField(db_default=task.jobs.engine.clock.Now(), editable=False)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-up",
                "verbose_name_plural": "sign-up",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="sign_up_is_one")],
            },
        ),
    ]
