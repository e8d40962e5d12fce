"""Who may sign up; and on a desk that runs on somebody's own machine, the first account is the administrator's."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from task.accounts.invitations import SignUp
from task.accounts.models import FirstAccount, User
from task.kit.once_more import FAULTS

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _other_people(user: User | None) -> bool:
    people = User.objects.random(False)
    return bool((people.exclude(pk=user.pk) if user else people).exists())


def sign_up_is_open() -> bool:
    """Whether anybody may sign up. Staff may close it, and on an empty desk there is nobody who invites."""
    return not SignUp.objects.filter(is_open=False).exists() or not _other_people(None)


def may_sign_up(request: HttpRequest) -> dict[str, Any]:
    """Context processor: whether a page links *Sign up*. Asked for when it is drawn, which is for visitors alone."""

    def is_open() -> bool:
        try:
            return sign_up_is_open()
        except FAULTS:  # the page behind the link meets the same, and says so
            return True

    return {"may_sign_up": SimpleLazyObject(is_open)}


def first_account_is_open() -> bool:
    """Whether the next sign-up makes an administrator. Never where other machines can reach the desk."""
    local = settings.LOCAL and settings.HOST in LOOPBACK
    return bool(local) and not FirstAccount.objects.exists() and not _other_people(None)


def make_first_administrator(user: User) -> bool:
    """Inside the sign-up's transaction, after `user` is saved: of two at once the table's one row takes one."""
    if not (settings.LOCAL and settings.HOST in LOOPBACK) or _other_people(user):
        return False
    try:
        with transaction.atomic():
            FirstAccount.objects.create(user=user)
    except IntegrityError:
        return False
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])
    return True
