"""Tokens on the profile: make one, see which there are, end one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import FormView

from task.accounts.forms import knows_password
from task.accounts.views import CurrentPasswordView
from task.api.models import Token
from task.kit.once_more import OnceMore

MOST = 50  # of one person


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What is it for?",
        max_length=100,
        help_text="For example: scanner in the hall.",
        error_messages={"required": "Say what the token is for, so that you know later which one to revoke."},
    )
    current_password = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your password: a token can do what you can."},
    )
    as_staff = forms.BooleanField(
        label="Give it staff rights",
        required=False,
        help_text="Otherwise it can do only what a member can.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "token_%s"  # beside the profile's own fields
        self.user = user
        if not user.is_staff:
            del self.fields["as_staff"]

    @sensitive_variables("password")
    def clean_current_password(self) -> str:
        password: str = self.cleaned_data["current_password"]
        if not knows_password(self.user, password):
            raise ValidationError("This is not your current password.")
        return ""

    def clean(self) -> dict[str, Any]:
        if not self.errors and Token.objects.filter(user=self.user).count() >= MOST:
            raise ValidationError(f"You have {MOST} tokens. Revoke one that you no longer need.")
        return self.cleaned_data


def tokens(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """On the profile."""
    rows = list(Token.objects.filter(user=request.user.pk).select_related("user")[:MOST])
    return "api/_tokens.html", {"tokens": rows, "form": TokenForm(user=request.user)}


@method_decorator(sensitive_post_parameters("current_password"), name="dispatch")
class MakeTokenView(OnceMore, LoginRequiredMixin, CurrentPasswordView, FormView):
    """The answer to the POST itself shows the token, once: it passes through no session, message or log."""

    form_class = TokenForm
    template_name = "api/token.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: TokenForm) -> HttpResponse:
        name, as_staff = form.cleaned_data["name"], form.cleaned_data.get("as_staff", False)
        token, text = Token.make(self.request.user, name, as_staff=as_staff)
        return self.render_to_response({"token": token, "text": text})


class RevokeTokenView(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = get_object_or_404(Token, pk=pk, user=request.user.pk)
        token.delete()
        messages.success(request, f"“{token.name}” revoked. Programs that use it can no longer log in.")
        return redirect("profile")
