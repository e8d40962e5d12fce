"""The plug for programs, where it has a button: on a local desk, for staff."""

from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.chaos.chaos import NotKilled, kill_runner, may_kill
from task.jobs.models import Job
from task.jobs.pages.api import PROBLEMS, JobSerializer, job_as_json
from task.kit.api import ProblemSerializer, StaffOnly, reader_of, refusal

NOT_KILLED = {409: OpenApiResponse(ProblemSerializer, "Nothing was killed, and why.")}


class KillRunnerView(APIView):
    permission_classes = [StaffOnly]

    @extend_schema(request=None, responses={200: JobSerializer, **NOT_KILLED, **PROBLEMS})
    def post(self, request: Request, pk: Any) -> Response:
        """Kill the process that runs the job; another one goes on with it. Only on a local desk."""
        if not may_kill(reader_of(request)):
            raise Http404
        job = get_object_or_404(Job, pk=pk)
        try:
            kill_runner(job, request.user)
        except NotKilled as reason:
            return refusal(409, str(reason))
        return Response(job_as_json(request, job))


urlpatterns = [path("jobs/<uuid:pk>/plug/", KillRunnerView.as_view(), name="job-plug")]
