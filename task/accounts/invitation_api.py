"""Invitations for programs of staff, and whether anybody may sign up without one."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.accounts.forms import InviteForm
from task.accounts.invitation_views import CLOSED, OPEN, set_sign_up, too_late, withdraw
from task.accounts.invitations import STATES, Invitation, SignUp
from task.accounts.tasks import send_invitation
from task.accounts.throttle import DAY, left, why_no_invitation
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest
from task.kit.api import FormRequest, ProblemSerializer, StaffOnly, Strict, refusal

TOO_LATE = {409: OpenApiResponse(ProblemSerializer, "It was used, withdrawn or expired already.")}
EXAMPLE = OpenApiExample("Invite somebody", {"email": "grace@example.org"}, request_only=True)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    url = serializers.HyperlinkedIdentityField(view_name="api:invitation-detail")
    state = serializers.ChoiceField(STATES, read_only=True)
    expires = serializers.DateTimeField(read_only=True)
    invited_by = serializers.SerializerMethodField(help_text="Null once that account is gone.")
    user = serializers.SerializerMethodField(help_text="Whose account was made of it.")

    class Meta:
        model = Invitation
        fields: ClassVar[Any] = [
            "id", "url", "email", "state", "invited_by", "created", "expires", "used_at", "user", "withdrawn_at",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    def get_invited_by(self, invitation: Invitation) -> str | None:
        return str(invitation.invited_by) if invitation.invited_by else None

    def get_user(self, invitation: Invitation) -> str | None:
        return str(invitation.user) if invitation.user else None


class InviteRequest(FormRequest):
    form_class = InviteForm

    email = serializers.EmailField(max_length=254)


class InvitationViewSet(ReadOnlyModelViewSet[Invitation]):
    permission_classes = [StaffOnly]
    serializer_class = InvitationSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-created", "-id"), "oldest": ("created", "id")}
    queryset = Invitation.objects.none()

    def get_queryset(self) -> Any:
        return Invitation.objects.for_list()

    @extend_schema(responses={200: InvitationSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All invitations."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: InvitationSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One invitation."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(
        request=InviteRequest, responses={202: InvitationSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT],
        examples=[EXAMPLE],
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Invite one address; a job sends the email."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        email = InviteRequest(data=request.data).form().cleaned_data["email"]
        if reason := why_no_invitation(request.user, email, asked.name):
            return refusal(429, reason, {"Retry-After": str(left(DAY))})

        def save(job: Job) -> None:
            Invitation.objects.create(pk=job.pk, email=email, invited_by_id=request.user.pk)

        return asked.start(send_invitation, {}, save, self.as_json)

    def as_json(self, job: Job) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=job.pk)).data

    @extend_schema(request=None, responses={200: InvitationSerializer, **TOO_LATE, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its link no longer works."""
        invitation = self.get_object()
        if not withdraw(invitation):
            return refusal(409, too_late(invitation))
        return Response(self.get_serializer(self.get_object()).data)


class SignUpSerializer(serializers.ModelSerializer[SignUp]):
    words = serializers.SerializerMethodField()
    changed_by = serializers.SerializerMethodField(help_text="Null where nobody has changed it.")

    class Meta:
        model = SignUp
        fields: ClassVar[Any] = ["is_open", "words", "changed_by"]
        read_only_fields: ClassVar[Any] = fields

    def get_words(self, sign_up: SignUp) -> str:
        return OPEN if sign_up.is_open else CLOSED

    def get_changed_by(self, sign_up: SignUp) -> str | None:
        return str(sign_up.changed_by) if sign_up.changed_by else None


class SignUpRequest(Strict):
    is_open = serializers.BooleanField(required=False)


class SignUpView(APIView):
    permission_classes = [StaffOnly]

    @extend_schema(responses={200: SignUpSerializer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Whether anybody may sign up."""
        sign_up = SignUp.objects.select_related("changed_by").first() or SignUp()
        return Response(SignUpSerializer(sign_up).data)

    @extend_schema(request=SignUpRequest, responses={200: SignUpSerializer, **PROBLEMS})
    def patch(self, request: Request) -> Response:
        """Close sign-up: only people with an invitation get in. Or open it."""
        wanted = SignUpRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        if "is_open" in wanted.validated_data:
            set_sign_up(wanted.validated_data["is_open"], request.user)
        return self.get(request)


urlpatterns = [
    path("users/invitations/", InvitationViewSet.as_view({"get": "list", "post": "create"}), name="invitation-list"),
    path("users/invitations/<uuid:pk>/", InvitationViewSet.as_view({"get": "retrieve"}), name="invitation-detail"),
    path(
        "users/invitations/<uuid:pk>/withdraw/",
        InvitationViewSet.as_view({"post": "withdraw"}),
        name="invitation-withdraw",
    ),
    path("users/sign-up/", SignUpView.as_view(), name="sign-up"),
]
