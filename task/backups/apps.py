from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.palette import PaletteEntry
from task.face.panels import Panel
from task.jobs import Schedule


class BackupsConfig(AppConfig):
    name = "task.backups"
    label = "backups"
    verbose_name = "Backups"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [MenuEntry("backups", "Backups", "backups_list", "staff")]
    palette = [PaletteEntry("backups.new", "Back up now", "backup_new", detail="For staff", staff=True)]
    panels = [
        Panel("backups.attention", "task.backups.home.attention", place="attention"),
        Panel("backups.made", "task.backups.made.backup_of", on="job made", kinds=("backups.back_up",)),
    ]
    shows_own_failures = ["backups.back_up"]  # kinds that no other panel of the home page has to tell of
    # Read by the schedules.
    schedules = [
        Schedule(
            name="Hourly backup",
            kind="backups.back_up",
            every=3600,
            words="Database and media files in one archive, verified by reading it back.",
        ),
        Schedule(
            name="Nightly clean-up of old backups",
            kind="backups.retention",
            cron="40 3 * * *",
            words="Keeps 24 hourly, 7 daily and 4 weekly backups. Also runs after each backup.",
        ),
    ]
