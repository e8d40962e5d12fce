"""What runs by itself: the list for staff, a new one, and the buttons that run one now, or switch it on and off."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.html import format_html
from django.views import View
from django.views.generic import FormView
from django_celery_beat.models import PeriodicTask

from task.face.drawing.times import when
from task.jobs import label_of
from task.kit.lists import ListPage
from task.kit.once_more import OnceMore
from task.kit.staff import StaffOnly
from task.kit.taken_meanwhile import TakenMeanwhile
from task.schedules.arguments import fields_for
from task.schedules.declared import schedulable
from task.schedules.forms import NewScheduleForm
from task.schedules.rows import changes_clocks, name_of, row_of, shape_of, timetable, whose_clock
from task.schedules.run_now import run_now

EDIT, ADD = "django_celery_beat.change_periodictask", "django_celery_beat.add_periodictask"
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
        may_edit = self.request.user.has_perm(EDIT)
        return context | {
            "rows": rows,
            "may_edit": may_edit,
            "may_add": self.request.user.has_perm(ADD),
            "clocks": any(changes_clocks(row.schedule) for row in rows),
            "live_url": self.request.get_full_path() if live else "",
        }


class NewScheduleView(StaffOnly, OnceMore, TakenMeanwhile, FormView):
    """First the kinds that need no person, then, with `?kind=`, the form of one of them."""

    form_class = NewScheduleForm
    template_name = "schedules/new.html"
    success_url = reverse_lazy("schedules_list")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.kinds = schedulable()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.refuse_who_may_not_add()
        if "kind" in request.GET:
            return super().get(request, *args, **kwargs)
        offered = sorted(((label_of(name), name, fields_for(kind).values()) for name, kind in self.kinds.items()))
        return render(request, "schedules/kinds.html", {"offered": offered})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.refuse_who_may_not_add()
        return super().post(request, *args, **kwargs)

    def refuse_who_may_not_add(self) -> None:
        if not self.request.user.has_perm(ADD):
            raise PermissionDenied

    def get_form_kwargs(self) -> dict[str, Any]:
        kind = self.kinds.get(self.request.GET.get("kind", ""))
        if kind is None:
            raise Http404
        return super().get_form_kwargs() | {"kind": kind}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(label=label_of(self.request.GET["kind"]), **kwargs)

    def form_valid(self, form: NewScheduleForm) -> HttpResponse:
        try:
            with transaction.atomic():
                schedule = form.save()
        except (IntegrityError, ValidationError):  # somebody took the name meanwhile, and the form says so
            return self.check_again()
        words = runs_next(schedule) if schedule.enabled else "It is off: switch it on when it is to run."
        messages.success(self.request, format_html("“{}” is added. {}", schedule.name, words))
        return super().form_valid(form)


class RunNowView(StaffOnly, View):
    """The schedule's job now, with the schedule's arguments, for whoever asks. By POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        schedule = get_object_or_404(PeriodicTask, pk=pk)
        run_now(request, schedule, request.POST.get("form_token", ""))
        return HttpResponseRedirect(reverse("schedules_list"))


class SwitchView(StaffOnly, View):
    """Lets beat run a schedule, from now on, or no more. For staff who may change schedules; by POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(EDIT):
            raise PermissionDenied
        schedule = get_object_or_404(PeriodicTask, pk=pk)
        to = request.POST.get("to")
        if to not in ("on", "off"):
            messages.error(request, f"Choose on or off for “{name_of(schedule)}”.")
        else:
            switch(request, schedule, to == "on")
        return HttpResponseRedirect(reverse("schedules_list"))


def switch(request: HttpRequest, schedule: PeriodicTask, on: bool) -> None:
    """Pressed twice it is the same: what is on already does not begin anew."""
    timetable().from_now_on(PeriodicTask.objects.filter(pk=schedule.pk, enabled=not on), enabled=on)
    schedule = get_object_or_404(PeriodicTask, pk=schedule.pk)  # as it is now
    if not on:
        messages.success(request, f"“{name_of(schedule)}” is off.")
    elif problem := timetable().problem_of(schedule):
        messages.warning(request, f"“{name_of(schedule)}” is on, but can't run. {problem}")
    else:
        messages.success(request, format_html("“{}” is on. {}", name_of(schedule), runs_next(schedule)))


def runs_next(schedule: PeriodicTask) -> str:
    at = timetable().next_run(schedule)
    return (
        format_html(
            "It runs next at {} on {}{}.", when(at, shape_of(schedule)), when(at, "date"), whose_clock(schedule)
        )
        if at
        else "It will not run again: its last run is past."
    )
