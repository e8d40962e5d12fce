from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm, UsernameField

from task.accounts.forms import IdentityForm
from task.accounts.models import FirstAccount, User, UserBatch
from task.jobs.admin import ReadOnly
from task.jobs.paginator import LimitedAdmin


class AddUserForm(IdentityForm, AdminUserCreationForm):
    def clean_username(self) -> str:
        return IdentityForm.clean_username(self)

    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}


class ChangeUserForm(IdentityForm, UserChangeForm):
    class Meta:
        model = User
        fields = forms.ALL_FIELDS
        field_classes = {"username": UsernameField}


@admin.register(User)
class AccountAdmin(LimitedAdmin, UserAdmin):
    add_form = AddUserForm
    form = ChangeUserForm
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "username", "usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("email", "username", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Where from", {"fields": ("is_random", "batch", "last_login", "date_joined")}),
    )
    readonly_fields = ("is_random", "batch", "last_login", "date_joined")
    list_display = ("email", "username", "first_name", "last_name", "is_random", "is_staff")
    list_filter = ("is_random", "is_staff", "is_superuser", "is_active")
    search_fields = ("email_key__startswith", "username_key__startswith", "name_key__startswith")
    ordering = ("-id",)


@admin.register(UserBatch)
class UserBatchAdmin(ReadOnly):
    """To look at: batches are made and deleted by jobs."""

    list_display = ("id", "owner", "total", "made", "created", "deleted")
    list_select_related = ("owner",)
    fields = ("job_id", "owner", "total", "made", "created", "deleting", "deleted")


@admin.register(FirstAccount)
class FirstAccountAdmin(ReadOnly):
    """To look at: the row is decided once, by a sign-up."""

    list_display = ("user", "created")
    fields = ("user", "created")
