"""One's own account for programs. Random users: `random_api`; invitations: `invitation_api`."""

from typing import Any, ClassVar

from django.db import IntegrityError
from django.forms.models import model_to_dict
from django.urls import path
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.accounts import invitation_api, random_api
from task.accounts.forms import TOO_MANY, ProfileForm
from task.accounts.models import User
from task.accounts.throttle import PasswordTries
from task.jobs.pages.api import PROBLEMS
from task.kit.api import FormRequest, reader_of, refusal

EXAMPLE = OpenApiExample("Another time zone", {"time_zone": "Europe/Berlin"}, request_only=True)


class ProfileSerializer(serializers.ModelSerializer[User]):
    is_staff = serializers.SerializerMethodField(help_text="Whether this request has staff rights.")
    time_zone = serializers.CharField(help_text="Empty: the browser's.")

    class Meta:
        model = User
        fields: ClassVar[Any] = ["id", "username", "email", "first_name", "last_name", "time_zone", "is_staff"]
        read_only_fields: ClassVar[Any] = fields

    def get_is_staff(self, user: User) -> bool:
        return reader_of(self.context["request"]).is_staff


class ProfileRequest(FormRequest):
    form_class = ProfileForm

    username = serializers.CharField(required=False, max_length=150)
    email = serializers.EmailField(required=False, max_length=254)
    first_name = serializers.CharField(required=False, allow_blank=True, max_length=150)
    last_name = serializers.CharField(required=False, allow_blank=True, max_length=150)
    time_zone = serializers.CharField(required=False, allow_blank=True, help_text="Like Europe/Berlin.")
    current_password = serializers.CharField(
        required=False, trim_whitespace=False, help_text="Only needed to change the email address."
    )

    def as_posted(self) -> Any:
        """The form has all fields: what is not sent stays as it is."""
        data = super().as_posted()
        kept = model_to_dict(self.context["user"], self.form_class.Meta.fields)
        for name in kept.keys() - data.keys():
            data[name] = kept[name]
        return data


class ProfileView(APIView):
    @extend_schema(responses={200: ProfileSerializer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Who you are."""
        user = User.objects.get(pk=request.user.pk)
        return Response(ProfileSerializer(user, context={"request": request}).data)

    @extend_schema(request=ProfileRequest, responses={200: ProfileSerializer, **PROBLEMS}, examples=[EXAMPLE])
    @sensitive_variables("wanted")
    def patch(self, request: Request) -> Response:
        """Change some of it."""
        user = User.objects.get(pk=request.user.pk)
        wanted = ProfileRequest(data=request.data, context={"user": user})
        try:
            wanted.form(instance=user).save()
        except IntegrityError:  # somebody took the name meanwhile, and the form says so
            wanted.form(instance=User.objects.get(pk=user.pk))
            raise
        except serializers.ValidationError as fault:
            codes: Any = fault.get_codes()
            if TOO_MANY in codes.get("current_password", ()):
                tries = PasswordTries(user)
                return refusal(429, tries.sentence, {"Retry-After": str(tries.left)})
            raise
        return self.get(request)


urlpatterns = [
    path("profile/", ProfileView.as_view(), name="profile"),
    *invitation_api.urlpatterns,
    *random_api.urlpatterns,
]
