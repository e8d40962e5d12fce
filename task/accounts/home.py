"""What accounts bring to a person's first steps."""

from typing import Any

from django.http import HttpRequest

from task.accounts.invitations import Invitation


def invite_step(request: HttpRequest) -> tuple[bool, dict[str, Any]]:
    is_done = Invitation.objects.filter(invited_by=request.user.pk).exists()
    return is_done, {"words": "We email them a link to sign up."}
