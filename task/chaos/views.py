"""The button on a running job's page: on a local start, for staff. Nobody else learns that there is such an address."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from task.chaos.chaos import NotKilled, kill_runner, may_kill
from task.jobs.models import Job, State
from task.jobs.pages.views import JobActionView


def button(request: HttpRequest, job: Job) -> tuple[str, dict[str, Any]] | None:
    if not may_kill(request.user) or job.state != State.RUNNING:
        return None
    return "chaos/_button.html", {"job": job}


class KillRunnerView(JobActionView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_kill(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def act(self, request: HttpRequest, job: Job) -> None:
        try:
            pid = kill_runner(job, request.user)
        except NotKilled as reason:
            messages.info(request, str(reason))
        else:
            messages.success(request, f"Process {pid} killed. Watch another one continue the job.")
