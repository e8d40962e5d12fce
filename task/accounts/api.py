"""Random users for programs."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.accounts.forms import FEWEST, MOST, GenerateForm
from task.accounts.models import UserBatch
from task.accounts.random_users import LARGEST_BATCH
from task.accounts.tasks import generate_random_users
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import FormRequest, WholeNumber, reader_of


class GenerateRequest(FormRequest):
    form_class = GenerateForm

    total = WholeNumber(least=FEWEST, most=LARGEST_BATCH, help_text=f"At most {MOST} unless you are staff.")
    password = serializers.CharField(
        required=False, max_length=128, trim_whitespace=False, help_text="Staff: one password for all of them."
    )


class GenerateView(APIView):
    @extend_schema(
        request=GenerateRequest, responses={202: JobSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT]
    )
    def post(self, request: Request) -> Response:
        """Make random users, by a job."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        is_staff = reader_of(request).is_staff
        wanted: dict[str, Any] = GenerateRequest(data=request.data).form(staff=is_staff).cleaned_data
        password = wanted.get("password")
        password_hash = make_password(password) if password else ""

        def save(job: Job) -> None:
            UserBatch.objects.create(job=job, owner=job.owner, total=wanted["total"], password=password_hash)

        return asked.start(generate_random_users, {"total": wanted["total"]}, save)


urlpatterns = [path("users/generate/", GenerateView.as_view(), name="user-generate")]
