"""Emails for programs: for staff all, and a test email; for others those of a job of theirs."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from task.emails.filters import EmailFilter
from task.emails.models import Email
from task.emails.tasks import send_test
from task.emails.views import EmailsView
from task.jobs.models import Job, unlisted
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import StaffOnly, reader_of


class EmailSerializer(serializers.ModelSerializer[Email]):
    url = serializers.HyperlinkedIdentityField(view_name="api:email-detail")
    job = serializers.SerializerMethodField(help_text="The id of the job that sends it.")
    words = serializers.CharField(source="word", help_text="Its state in words.")

    class Meta:
        model = Email
        fields: ClassVar[Any] = [
            "id", "url", "job", "sender", "to", "subject", "state", "words", "reason", "created", "sent",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uuid"})
    def get_job(self, email: Email) -> str:
        return str(email.job_id)


class EmailDetailSerializer(EmailSerializer):
    class Meta(EmailSerializer.Meta):
        fields: ClassVar[Any] = [*EmailSerializer.Meta.fields, "text", "html"]
        read_only_fields: ClassVar[Any] = fields


class EmailsViewSet(mixins.ListModelMixin, GenericViewSet[Email]):
    permission_classes = [StaffOnly]
    serializer_class = EmailSerializer
    filterset_class = EmailFilter
    sorts: ClassVar[dict[str, tuple[str, ...]]] = EmailsView.sorts
    queryset = Email.objects.for_list()

    @extend_schema(responses={200: EmailSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All emails of the last days."""
        return super().list(request, *args, **kwargs)


class EmailViewSet(GenericViewSet[Email]):
    serializer_class = EmailDetailSerializer
    queryset = Email.objects.none()

    @extend_schema(responses={200: EmailDetailSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One email as it left the desk, without the links that let somebody in."""
        emails = Email.objects.seen_by(reader_of(request)).select_related("job").defer(*unlisted("job"))
        return Response(self.get_serializer(get_object_or_404(emails, pk=kwargs["pk"])).data)


class JobEmailsViewSet(mixins.ListModelMixin, GenericViewSet[Email]):
    serializer_class = EmailSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = EmailsView.sorts
    queryset = Email.objects.none()

    def get_queryset(self) -> Any:
        reader = reader_of(self.request)
        job = get_object_or_404(Job.objects.seen_by(reader).only("pk"), pk=self.kwargs["pk"])
        return Email.objects.seen_by(reader).for_list().filter(job=job.pk)

    @extend_schema(responses={200: EmailSerializer(many=True), **PROBLEMS})
    @action(detail=True, methods=["get"])
    def emails(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The emails of a job that went to you; for staff to anybody."""
        return super().list(request, *args, **kwargs)


class TestEmailView(APIView):
    permission_classes = [StaffOnly]

    @extend_schema(request=None, responses={202: JobSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT])
    def post(self, request: Request) -> Response:
        """Send an email to yourself, to see whether emails arrive."""
        asked = JobRequest(request)
        return asked.before() or asked.start(send_test, {})


urlpatterns = [
    path("emails/", EmailsViewSet.as_view({"get": "list"}), name="email-list"),
    path("emails/test/", TestEmailView.as_view(), name="email-test"),
    path("emails/<uuid:pk>/", EmailViewSet.as_view({"get": "retrieve"}), name="email-detail"),
    path("jobs/<uuid:pk>/emails/", JobEmailsViewSet.as_view({"get": "emails"}), name="job-emails"),
]
