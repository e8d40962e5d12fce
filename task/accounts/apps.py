from django.apps import AppConfig

from task.face.menu import MenuEntry
from task.face.palette import PaletteSearch
from task.face.panels import Panel
from task.face.steps import Setting, Step
from task.jobs import Schedule


class AccountsConfig(AppConfig):
    name = "task.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [
        MenuEntry("accounts.users", "Users", "users_list", "more", also=("generate",), search="users", letter="u"),
        MenuEntry("accounts.invitations", "Invitations", "invitations", "staff"),
        MenuEntry("accounts.generate", "Generate users", "generate", "start"),
    ]
    palette = [PaletteSearch("users", "Users", "task.accounts.palette.users", page="users_list")]
    search_indexes = ["task.accounts.words.behind"]
    search_left_over = ["task.accounts.words.left_over"]
    panels = [Panel("accounts.made", "task.accounts.made.users_of", on="job made", kinds=("accounts.generate",))]
    first_steps = [
        Step(
            "accounts.invite",
            "Invite a colleague",
            "task.accounts.home.invite_step",
            "accounts/_first_step.html",
            order=3,
            for_staff=True,
        )
    ]
    optional_settings = [
        Setting(
            "EMAIL_URL",
            "Your mail server. Without it, emails are printed in the terminal where the desk runs.",
            ask="task.kit.outbox.emails_leave",
        )
    ]
    schedules = [
        Schedule(
            name="Nightly clean-up of sign-ups",
            kind="accounts.clear_sign_ups",
            cron="20 3 * * *",
            words="Deletes sign-ups that were not finished within 24 hours.",
        ),
        Schedule(
            name="Nightly clean-up of invitations",
            kind="accounts.clear_invitations",
            cron="25 3 * * *",
            words="Deletes invitations 90 days after they ended (INVITATIONS_KEEP_DAYS).",
        ),
    ]
