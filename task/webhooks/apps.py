from django.apps import AppConfig
from django.db.models import Exists, OuterRef

from task.face.menu import MenuEntry
from task.face.panels import Panel
from task.jobs import Schedule


class WebhooksConfig(AppConfig):
    name = "task.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("webhooks", "Webhooks", "webhooks_list", "more")]
    panels = [Panel("webhooks.profile", "task.webhooks.views.on_profile", on="profile")]
    schedules = [
        Schedule(
            name="Nightly clean-up of old deliveries of webhooks",
            kind="webhooks.retention",
            cron="55 3 * * *",
            words="Deletes what webhooks were sent 30 days later (WEBHOOKS_KEEP_DAYS).",
        ),
    ]

    def ready(self) -> None:
        from task.jobs import ended
        from task.webhooks.models import Webhook
        from task.webhooks.tasks import enqueue_deliveries

        ended(enqueue_deliveries, where=Exists(Webhook.objects.filter(owner=OuterRef("owner"), enabled=True)))
