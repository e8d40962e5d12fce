from django.apps import AppConfig

from task.face.menu import MenuEntry


class AccountsConfig(AppConfig):
    name = "task.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    menu = [
        MenuEntry("accounts.generate", "Generate users", "generate", "forms"),
        MenuEntry("accounts.users", "Users", "users_list", "lists"),
    ]
