"""`Authorization: Token …`"""

from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from task.api.models import Token
from task.jobs import Now

ENDED = "This token is not known, or it has ended. Make a new one on your profile."


class TokenAuthentication(authentication.TokenAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        try:
            return super().authenticate(request)
        except exceptions.AuthenticationFailed:
            raise exceptions.AuthenticationFailed(ENDED) from None

    def authenticate_credentials(self, key: str) -> tuple[Any, Token]:
        token: Any = Token.objects.called(key).with_age().select_related("user").first()
        if token is None or token.is_over:
            raise exceptions.AuthenticationFailed(ENDED)
        if not token.is_noted:
            with suppress(DatabaseError):  # who only reads is answered, also while nothing can be saved
                Token.objects.filter(pk=token.pk).update(last_used=Now())
        return token.user, token


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        words = "`Token desk_…`, made on your profile."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}
