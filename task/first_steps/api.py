"""First steps for programs: which there are, which are done, and whether the home page shows them."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.first_steps.home import Shown, shown_steps
from task.first_steps.models import Progress
from task.jobs import Now
from task.jobs.pages.api import PROBLEMS
from task.kit.api import Strict, reader_of


class StepSerializer(serializers.Serializer[Shown]):
    key = serializers.CharField(source="step.key")
    heading = serializers.CharField(source="step.heading")
    words = serializers.SerializerMethodField(help_text="Empty where there is nothing left to say.")
    is_done = serializers.BooleanField()

    def get_words(self, shown: Shown) -> str:
        return str(shown.context.get("words", ""))


class StepsSerializer(serializers.Serializer[Any]):
    dismissed = serializers.BooleanField(help_text="The home page shows them no more.")
    steps = StepSerializer(many=True)


class DismissRequest(Strict):
    dismissed = serializers.BooleanField(required=False)


class StepsView(APIView):
    @extend_schema(responses={200: StepsSerializer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """What a new person does first, and what of it you have done."""
        dismissed = Progress.objects.filter(user=request.user.pk).exclude(dismissed_at=None).exists()
        found = shown_steps(request._request, is_staff=reader_of(request).is_staff)
        return Response(StepsSerializer({"dismissed": dismissed, "steps": found}).data)

    @extend_schema(request=DismissRequest, responses={200: StepsSerializer, **PROBLEMS})
    def patch(self, request: Request) -> Response:
        """Take them off the home page, or show them there again."""
        wanted = DismissRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        if "dismissed" in wanted.validated_data:
            at = Now() if wanted.validated_data["dismissed"] else None
            Progress.objects.note(request.user, dismissed_at=at)
        return self.get(request)


urlpatterns = [path("first-steps/", StepsView.as_view(), name="first-steps")]
