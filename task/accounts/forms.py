from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
    SetPasswordMixin,
    UsernameField,
)
from django.contrib.auth.password_validation import validate_password
from django.views.decorators.debug import sensitive_variables

from task.accounts.identity import email_key, plain_email
from task.accounts.invitations import Invitation
from task.accounts.models import User
from task.accounts.random_users import LARGEST_BATCH, is_reserved
from task.accounts.throttle import PasswordTries
from task.kit import zones

FEWEST, MOST = 50, 500
TOO_MANY = "too_many"  # the code of a fault that a 429 answers

KNOWN = "This email address already has an account. Log in, or reset the password."
STRENGTH_HELP = "At least 8 characters. Not a common password, not only digits, not similar to your name."


PASSWORD_ERRORS = {
    "password_too_short": "This is too short. Use at least {min_length} characters.",
    "password_too_common": "This password is too common, so it is easy to guess.",
    "password_entirely_numeric": "Digits alone are easy to guess: add some letters.",
    "password_too_similar": "This is too similar to your {verbose_name}.",
}


@sensitive_variables("password")
def check_password(password: str, user: User | None = None) -> None:
    """Raises what is wrong with a new password, in our sentences."""
    try:
        validate_password(password, user)
    except forms.ValidationError as fault:
        raise forms.ValidationError([_reworded(each) for each in fault.error_list]) from None


def _reworded(fault: forms.ValidationError) -> forms.ValidationError:
    words = PASSWORD_ERRORS.get(fault.code or "")
    return forms.ValidationError(words.format_map(fault.params or {}), code=fault.code) if words else fault


class NewPassword(SetPasswordMixin):
    """Two fields, of which the first says what is wrong with the password and the second only that it is another."""

    error_messages = {"password_mismatch": "The two passwords do not match."}

    @sensitive_variables("password")
    def validate_password_for_user(
        self: Any,
        user: User,
        password_field_name: str = "password2",  # noqa: S107  the name of a form field
    ) -> None:
        first = password_field_name.replace("2", "1")
        if password := self.cleaned_data.get(first):
            try:
                check_password(password, user)
            except forms.ValidationError as fault:
                self.add_error(first, fault)
                self[first].help_text = ""  # the faults stand there


def set_password_texts(form: forms.BaseForm, first: str, second: str) -> None:
    """The two fields of a new password."""
    form.fields[first].error_messages["required"] = "Choose a password."
    form.fields[second].error_messages["required"] = "Type the password again."
    form.fields[first].help_text = STRENGTH_HELP
    form.fields[second].label = "Confirm password"
    form.fields[second].help_text = ""


class EmailField(forms.EmailField):
    """Folds what was typed before it is checked, as Django's UsernameField does."""

    def to_python(self, value: Any) -> str:
        return plain_email(super().to_python(value) or "")


IDENTITY = {"username": UsernameField, "email": EmailField}


class IdentityForm(forms.ModelForm):
    """An email and a username that no other account has, in any letters."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.with_email(email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(KNOWN)
        return self._not_reserved("email", email)

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if User.objects.with_username(username).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This username is taken. Choose another.")
        return self._not_reserved("username", username)

    def _not_reserved(self, field: str, value: str) -> str:
        if field in self.changed_data and is_reserved(value):
            raise forms.ValidationError("Names like this are reserved for random users. Choose another.")
        return value


class SignUpForm(NewPassword, IdentityForm, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = IDENTITY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "nickname", "autofocus": True}
        self.fields["email"].widget.attrs.pop("autofocus", None)
        # What a password manager files the account under: the email signs in.
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        self.fields["email"].help_text = "You log in with this address."
        set_password_texts(self, "password1", "password2")


class SignUpByEmailForm(SignUpForm):
    """Says nothing of whether an email has an account, and does not look: its owner reads it in the email."""

    def clean_email(self) -> str:
        return self._not_reserved("email", self.cleaned_data["email"])


class FinishForm(IdentityForm):
    """The rest of a sign-up, by the link of its email: somebody may have taken the username since, or the address."""

    class Meta:
        model = User
        fields = ("username",)
        field_classes = IDENTITY

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_known():
            raise forms.ValidationError(KNOWN)
        return cleaned

    def is_known(self) -> bool:
        """Whether the address has an account by now."""
        return bool(User.objects.with_email(self.instance.email).exists())


class InvitedForm(NewPassword, FinishForm, BaseUserCreationForm):
    """A sign-up by the link of an invitation: its address is known, and shown to be its reader's."""

    class Meta(FinishForm.Meta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocomplete": "nickname", "autofocus": True}
        set_password_texts(self, "password1", "password2")


class InviteForm(forms.Form):
    email = EmailField(label="Email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.with_email(email).exists():
            raise forms.ValidationError("This address already has an account.")
        if Invitation.objects.open().filter(email_key=email_key(email)).exists():
            raise forms.ValidationError("This address has an open invitation. Withdraw it to send another one.")
        if is_reserved(email):
            raise forms.ValidationError("Addresses of this form belong to random users. Please type another.")
        return email


class LoginForm(AuthenticationForm):
    """`username` holds the email: Django's name for the field that signs in."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Wrong email address or password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Email address"
        self.fields["username"].widget.input_type = "email"


class NewPasswordForm(NewPassword, SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_password_texts(self, "new_password1", "new_password2")


@sensitive_variables("password")
def knows_password(account: User, password: str) -> bool:
    """Whether it is the current password of who is logged in. Raises a ValidationError after too many wrong ones."""
    tries = PasswordTries(account)
    if tries.count_one():
        if account.check_password(password):
            tries.forget()
            return True
        if not tries.are_over():
            return False
    raise forms.ValidationError(tries.sentence, code=TOO_MANY)


class ChangePasswordForm(NewPassword, PasswordChangeForm):
    error_messages = {
        **PasswordChangeForm.error_messages,
        **NewPassword.error_messages,
        "password_incorrect": "This is not your current password.",
    }

    @sensitive_variables("password")
    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if not knows_password(self.user, password):
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return password

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Current password"
        set_password_texts(self, "new_password1", "new_password2")


class ProfileForm(IdentityForm):
    current_password = forms.CharField(
        label="Current password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Only needed to change your email address.",
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "username", "email", "time_zone")
        field_classes = IDENTITY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zones.choices_of_today(self.instance.time_zone)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        # Whoever holds the address can reset the password: an open browser must not be enough to change it.
        cleaned = super().clean()
        email = self.cleaned_data.get("email", self.initial["email"])
        if email != plain_email(self.initial["email"]):
            password = self.cleaned_data.get("current_password", "")
            try:
                if not (password and knows_password(self.instance, password)):
                    self.add_error("current_password", "Type your current password to change the email address.")
            except forms.ValidationError as fault:
                self.add_error("current_password", fault)
        return cleaned


class PasswordResetForm(forms.Form):
    email = EmailField(label="Email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class GenerateForm(forms.Form):
    """How many random users; staff may make more, and give them one password."""

    total = forms.IntegerField(label="Number of users")
    password = forms.CharField(
        label="Password for all of them",
        required=False,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave this empty and nobody can log in as them.",
    )

    def __init__(self, *args: Any, staff: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not staff:
            del self.fields["password"]
        self.most = LARGEST_BATCH if staff else MOST
        total = self.fields["total"]
        total.help_text = f"{FEWEST} to {self.most:,}."
        total.widget.attrs |= {"min": FEWEST, "max": self.most, "inputmode": "numeric"}
        total.error_messages |= {
            "required": f"Enter how many users you want: {FEWEST} to {self.most:,}.",
            "invalid": "Enter a whole number, such as 200.",
        }

    def clean_total(self) -> int:
        total: int = self.cleaned_data["total"]
        if total < FEWEST:
            raise forms.ValidationError(f"{total:,} is too few. The minimum is {FEWEST} users.")
        if total > self.most:
            raise forms.ValidationError(f"{total:,} is too many. The maximum is {self.most:,} users.")
        return total

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            check_password(password)
        return password
