"""Looking up again, for programs, what the home page of a person names in one row."""

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.books.again import look_up_again
from task.books.home import needy_books
from task.books.models import RETRYABLE
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import ProblemSerializer, Strict, refusal

NOTHING = "There is nothing to look up again."


class Nothing(Exception):
    pass


class LookUpRequest(Strict):
    state = serializers.ChoiceField(sorted(map(str, RETRYABLE)))


class LookUpAllView(APIView):
    @extend_schema(
        operation_id="books_look_up_all", request=LookUpRequest, parameters=[IDEMPOTENCY_KEY, WAIT],
        responses={202: JobSerializer, 409: OpenApiResponse(ProblemSerializer, NOTHING), **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Look up again those of your last scans that are in this state: one job for all of them."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        wanted = LookUpRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        state = wanted.validated_data["state"]

        def begin() -> Job:
            if job := look_up_again(needy_books(request.user, state), request.user, asked.name):
                return job
            raise Nothing

        try:
            return asked.begin(begin)
        except Nothing:
            return asked.before() or refusal(409, NOTHING)


urlpatterns = [path("books/look-up/", LookUpAllView.as_view(), name="book-look-up-all")]
