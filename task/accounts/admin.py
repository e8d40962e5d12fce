from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import IntegrityError, OperationalError
from django.http import HttpResponse

from task.accounts.forms import IDENTITY, IdentityForm
from task.accounts.models import FirstAccount, PendingSignUp, User, UserBatch
from task.kit.admin import LimitedAdmin, ReadOnly


class AddUserForm(IdentityForm, AdminUserCreationForm):
    def clean_username(self) -> str:
        return IdentityForm.clean_username(self)

    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = IDENTITY


class ChangeUserForm(IdentityForm, UserChangeForm):
    class Meta:
        model = User
        fields = forms.ALL_FIELDS
        field_classes = IDENTITY


@admin.register(User)
class AccountAdmin(LimitedAdmin, UserAdmin):
    add_form = AddUserForm
    form = ChangeUserForm
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "username", "usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("email", "username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "time_zone")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Origin", {"fields": ("is_random", "batch", "last_login", "date_joined")}),
    )
    readonly_fields = ("is_random", "batch", "last_login", "date_joined")
    list_display = ("email", "username", "first_name", "last_name", "is_random", "is_staff")
    list_filter = ("is_random", "is_staff", "is_superuser", "is_active")
    search_fields = ("email_key__startswith", "username_key__startswith", "name_key__startswith")
    ordering = ("-id",)

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(*args, **kwargs)
        except IntegrityError:
            # Somebody took the address or the name in between: the form's own sentence says which.
            return super().changeform_view(*args, **kwargs)

    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return retry_on_deadlock(lambda: super(AccountAdmin, self).delete_view(*args, **kwargs))

    def changelist_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return retry_on_deadlock(lambda: super(AccountAdmin, self).changelist_view(*args, **kwargs))


DEADLOCK = "40P01"  # PostgreSQL's code


def retry_on_deadlock(view: Callable[[], HttpResponse]) -> HttpResponse:
    """A deletion goes through a person's jobs and what they made, and a step of such a job comes the other way round.

    Then PostgreSQL rolls one of both back. A worker tries again by itself; here it is this.
    """
    try:
        return view()
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        return view()


@admin.register(UserBatch)
class UserBatchAdmin(ReadOnly):
    """To look at: batches are made and deleted by jobs."""

    list_display = ("id", "owner", "total", "made", "created", "deleted")
    list_select_related = ("owner",)
    fields = ("job", "owner", "total", "made", "created", "deleting", "deleted")


@admin.register(FirstAccount)
class FirstAccountAdmin(ReadOnly):
    """To look at: the row is decided once, by a sign-up."""

    list_display = ("user", "created")
    fields = ("user", "created")


@admin.register(PendingSignUp)
class PendingSignUpAdmin(ReadOnly):
    """To look at: the link of an email finishes it, and time clears it up."""

    list_display = ("email", "username", "created")
    fields = ("email", "username", "created")
    ordering = ("-created",)
