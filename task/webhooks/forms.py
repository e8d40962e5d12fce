from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from task.webhooks.addresses import LONGEST, parsed, problem_of
from task.webhooks.models import MOST, Webhook

FULL = f"You have {MOST} webhooks. Delete one that you no longer need."


class WebhookForm(forms.Form):
    address = forms.CharField(
        label="Address to call",
        max_length=LONGEST,
        help_text="For example: https://example.org/hook.",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
        error_messages={"required": "Enter the address to call."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_address(self) -> str:
        text: str = self.cleaned_data["address"]
        if problem := problem_of(text):
            raise ValidationError(problem)
        return str(parsed(text))

    def clean(self) -> dict[str, Any]:
        if not self.errors and Webhook.objects.owned_by(self.user).count() >= MOST:
            raise ValidationError(FULL)
        return self.cleaned_data
