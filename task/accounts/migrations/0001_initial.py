import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import task.kit.keys
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "username",
                    models.CharField(
                        help_text="At most 150 characters: letters, digits and @ . + - _ only.",
                        max_length=150,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("is_random", models.BooleanField(default=False, editable=False, verbose_name="random user")),
                ("email_key", task.kit.keys.KeyField(editable=False, max_length=762)),
                ("username_key", task.kit.keys.KeyField(editable=False, max_length=450)),
                ("name_key", task.kit.keys.KeyField(editable=False, max_length=301)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UserBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job_id", models.UUIDField(editable=False, unique=True)),
                ("total", models.PositiveIntegerField()),
                ("made", models.PositiveIntegerField(default=0)),
                (
                    "password",
                    models.CharField(blank=True, help_text="The hash of the shared password.", max_length=128),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("deleting", models.UUIDField(blank=True, help_text="The job that deletes its users.", null=True)),
                ("deleted", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="batches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "batch of random users",
                "verbose_name_plural": "batches of random users",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="user",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="users",
                to="accounts.userbatch",
            ),
        ),
        migrations.CreateModel(
            name="FirstAccount",
            fields=[
                ("id", models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "first account (the administrator)",
                "verbose_name_plural": "first account (the administrator)",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="first_account_is_one")],
            },
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["name_key", "id"], name="user_by_name"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["is_random", "id"], name="user_random"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["is_random", "name_key", "id"], name="user_random_by_name"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["is_random", "username_key"], name="user_random_by_username"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["is_random", "email_key"], name="user_random_by_email"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch", "id"], name="user_by_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(fields=("email_key",), name="user_email"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(fields=("username_key",), name="user_username"),
        ),
    ]
