"""What runs by itself: the list for staff, and a button that runs one now."""

import re
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.views import View
from django_celery_beat.models import PeriodicTask

from task.jobs import submit
from task.jobs.kinds import KINDS
from task.jobs.lists import ListPage
from task.schedules.rows import new_token, row_of, scheduler

TOKEN = re.compile(r"(\d{13})(by[0-9a-f]{16})")


class StaffOnly(AccessMixin):
    """Nobody else is told that there is such a page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if not request.user.is_staff:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class SchedulesView(StaffOnly, ListPage):
    queryset = PeriodicTask.objects.select_related("interval", "crontab", "solar", "clocked")
    sorts = {"name": ("name",)}
    template_name = "schedules/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = [row_of(schedule) for schedule in context["rows"]]
        live = any(row.next or (row.last and row.last.is_active) for row in rows)
        may_edit = self.request.user.has_perm("django_celery_beat.change_periodictask")
        return context | {
            "rows": rows,
            "may_edit": may_edit,
            "live_url": self.request.get_full_path() if live else "",
        }


class RunNowView(StaffOnly, View):
    """The schedule's job now, with the schedule's arguments, for whoever asks. By POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        schedule = get_object_or_404(PeriodicTask, pk=pk)
        self.run(request, schedule)
        return HttpResponseRedirect(reverse("schedules_list"))

    def run(self, request: HttpRequest, schedule: PeriodicTask) -> None:
        if problem := scheduler().problem_of(schedule):
            messages.error(request, f"“{schedule.name}” can't run. {problem}")
            return
        if schedule.task not in KINDS:
            messages.error(request, f"“{schedule.name}” is no job of the desk: only beat can send it.")
            return
        try:
            job = submit(
                KINDS[schedule.task].task,
                owner=request.user,
                submission=self.submission(request, schedule),
                **scheduler().arguments_of(schedule),
            )
        except IntegrityError:
            messages.info(request, "You already sent this. Press the button once more if you want it twice.")
            return
        sentence = "“{}” runs now: <a href='{}'>{}</a>."
        messages.success(request, format_html(sentence, schedule.name, job.get_absolute_url(), job.title))
        if getattr(job, "rang", None) is False:
            sentence = "It is saved. The queue can't be reached just now; it starts by itself when it is back."
            messages.warning(request, sentence)

    def submission(self, request: HttpRequest, schedule: PeriodicTask) -> str:
        """By the page's token: a double click is one job."""
        found = TOKEN.fullmatch(request.POST.get("form_token", "")) or TOKEN.fullmatch(new_token())
        assert found
        opened = datetime.fromtimestamp(int(found[1]) / 1000, UTC)
        name: str = scheduler().name_of_run(schedule.pk, opened, found[2])
        return name
