"""Webhooks for programs: add one, look at its deliveries, send one again, switch it, delete it."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest, JobSerializer
from task.kit.api import FormRequest, ProblemSerializer, Strict, reader_of, refusal
from task.webhooks import views
from task.webhooks.forms import FULL, WebhookForm
from task.webhooks.models import Delivery, Webhook
from task.webhooks.sending_again import CantSend, send_again


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    url = serializers.HyperlinkedIdentityField(view_name="api:webhook-detail")
    deliveries = serializers.HyperlinkedIdentityField(view_name="api:webhook-deliveries")

    class Meta:
        model = Webhook
        fields: ClassVar[Any] = ["id", "url", "address", "enabled", "failures", "stopped", "created", "deliveries"]
        read_only_fields: ClassVar[Any] = fields


class NewWebhookSerializer(WebhookSerializer):
    """With its secret, this once."""

    secret = serializers.CharField(help_text="What its calls are signed with. It is told once, and kept nowhere.")

    class Meta(WebhookSerializer.Meta):
        fields: ClassVar[Any] = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields: ClassVar[Any] = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    message = serializers.CharField(source="name", help_text="Its header `webhook-id`.")
    about = serializers.SerializerMethodField(help_text="The job that ended.")

    class Meta:
        model = Delivery
        fields: ClassVar[Any] = [
            "id", "message", "about", "body", "state", "status", "took", "answer", "error", "created", "tried",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_about(self, delivery: Delivery) -> str:
        return str(reverse("api:job-detail", args=[delivery.about_id], request=self.context["request"]))


class WebhookRequest(FormRequest):
    form_class = WebhookForm

    address = serializers.CharField()


class SwitchWebhookRequest(Strict):
    enabled = serializers.BooleanField()


class WebhookViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Webhook]):
    serializer_class = WebhookSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"oldest": ("id",)}
    queryset = Webhook.objects.none()

    def get_queryset(self) -> Any:
        reader = reader_of(self.request)
        return Webhook.objects.owned_by(reader) if self.action == "list" else Webhook.objects.seen_by(reader)

    @extend_schema(responses={200: WebhookSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your webhooks."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: WebhookSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One webhook."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=WebhookRequest, responses={201: NewWebhookSerializer, **PROBLEMS})
    def create(self, request: Request) -> Response:
        """An address to call when one of your jobs ends. The answer has its secret, which you won't see again."""
        wanted = WebhookRequest(data=request.data).form(user=request.user)
        made = Webhook.make(request.user, wanted.cleaned_data["address"])
        if made is None:
            raise serializers.ValidationError(FULL)
        webhook, secret = made
        body = {**self.get_serializer(webhook).data, "secret": secret}
        return Response(body, status=201, headers={"Location": body["url"], "Cache-Control": "private, no-store"})

    @extend_schema(request=SwitchWebhookRequest, responses={200: WebhookSerializer, **PROBLEMS})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Switch it on, or off."""
        webhook = self.get_object()
        wanted = SwitchWebhookRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        webhook.switch(on=wanted.validated_data["enabled"])
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None, **PROBLEMS})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it with its deliveries."""
        self.get_object().delete()
        return Response(status=204)


class DeliveryViewSet(mixins.ListModelMixin, GenericViewSet[Delivery]):
    serializer_class = DeliverySerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.WebhookView.sorts
    queryset = Delivery.objects.none()

    def get_queryset(self) -> Any:
        webhook = get_object_or_404(Webhook.objects.seen_by(reader_of(self.request)), pk=self.kwargs["pk"])
        return webhook.deliveries.select_related("webhook")

    @extend_schema(responses={200: DeliverySerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What it was called with, and what came of it."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=None, parameters=[IDEMPOTENCY_KEY],
        responses={202: JobSerializer, 409: OpenApiResponse(ProblemSerializer, "Not now, and why."), **PROBLEMS},
    )  # fmt: skip
    def again(self, request: Request, pk: Any, delivery: UUID) -> Response:
        """Send it again: the same body under the same `webhook-id`, in a delivery of its own."""
        row = get_object_or_404(self.get_queryset(), pk=delivery)
        asked = JobRequest(request)
        if first := asked.before():
            return first
        try:
            return asked.begin(lambda: send_again(row, request.user, asked.name))
        except CantSend as reason:
            return refusal(409, str(reason))


urlpatterns = [
    path("webhooks/", WebhookViewSet.as_view({"get": "list", "post": "create"}), name="webhook-list"),
    path(
        "webhooks/<int:pk>/",
        WebhookViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="webhook-detail",
    ),
    path("webhooks/<int:pk>/deliveries/", DeliveryViewSet.as_view({"get": "list"}), name="webhook-deliveries"),
    path(
        "webhooks/<int:pk>/deliveries/<uuid:delivery>/send-again/",
        DeliveryViewSet.as_view({"post": "again"}),
        name="webhook-again",
    ),
]
