from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "task.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    # Read by the home page and the navigation: (words, url name) or (words, url name, place).
    menu = [("Generate users", "generate", "forms"), ("Users", "users_list", "lists")]
    home_panels: list[str] = []
    schedules = [
        {
            "name": "Nightly clearing up of sign-ups",
            "kind": "accounts.clear_sign_ups",
            "cron": "20 3 * * *",
            "words": "Deletes sign-ups that nobody finished by the link of their email within 24 hours.",
        }
    ]
