"""What runs by itself: the list for staff, and a button that runs one now."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views import View
from django_celery_beat.models import PeriodicTask

from task.jobs.access import StaffOnly
from task.jobs.lists import ListPage
from task.schedules.rows import changes_clocks, row_of
from task.schedules.run_now import run_now

SOON = timedelta(minutes=1)  # a page on which nothing runs before then is not asked for anew each second


class SchedulesView(StaffOnly, ListPage):
    queryset = PeriodicTask.objects.select_related("interval", "crontab", "solar", "clocked")
    sorts = {"name": ("name",)}
    template_name = "schedules/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = [row_of(schedule) for schedule in context["rows"]]
        soon = timezone.now() + SOON
        live = any((row.last and row.last.is_active) or (row.next and row.next < soon) for row in rows)
        may_edit = self.request.user.has_perm("django_celery_beat.change_periodictask")
        return context | {
            "rows": rows,
            "may_edit": may_edit,
            "clocks": any(changes_clocks(row.schedule) for row in rows),
            "live_url": self.request.get_full_path() if live else "",
        }


class RunNowView(StaffOnly, View):
    """The schedule's job now, with the schedule's arguments, for whoever asks. By POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        schedule = get_object_or_404(PeriodicTask, pk=pk)
        run_now(request, schedule, request.POST.get("form_token", ""))
        return HttpResponseRedirect(reverse("schedules_list"))
