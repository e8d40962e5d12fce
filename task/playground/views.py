"""The playground: a canvas to start, its code beside it, and the runs there were."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.generic import FormView

from task.jobs import Now
from task.jobs.pages.form_view import TOKEN, unique_key_from
from task.kit.lists import paginate
from task.kit.once_more import OnceMore
from task.kit.partials import PartialPage
from task.playground.canvases import CANVASES, Canvas
from task.playground.forms import CanvasForm
from task.playground.graph import Node, freeze
from task.playground.models import PlaygroundRun
from task.playground.source import code
from task.playground.start import KEEP_FOR, Sent, TooMany, start
from task.playground.statuses import (
    RETRYING,
    RUNNING,
    WAITING,
    TaskStatus,
    is_over,
    state_of,
    states_of,
    statuses_of,
    words_of,
)

PAGE_SIZE = 20
WATCHED = 3600  # seconds: so long the page of a run that does not end looks again by itself
AWAY = "The queue can't be reached, so nothing was started. Try again in a moment."


def runs_of(user: Any) -> QuerySet[PlaygroundRun]:
    """The runs that this person may see: the owner stands in the look-up, so a stranger's run is a 404."""
    runs = PlaygroundRun.objects.select_related("owner").defer("owner__password")
    return runs if user.is_staff else runs.filter(owner=user.pk)


class PlaygroundView(OnceMore, LoginRequiredMixin, FormView):
    """Starts a run, once for each page of the form, and lists the runs there were."""

    form_class = CanvasForm
    template_name = "playground/playground.html"

    @property
    def canvas(self) -> Canvas:
        wanted = self.request.POST.get("canvas") or self.request.GET.get("canvas", "")
        return CANVASES.get(wanted, CANVASES["chain"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"canvas": self.canvas}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Before validation: the first click may have been the last one that was allowed.
        self.unique_key = unique_key_from(request, "playground")
        before = self.run_before()
        return self.sent_before(before) if before else super().post(request, *args, **kwargs)

    def run_before(self) -> PlaygroundRun | None:
        """The run that the same form with the same fields started before."""
        return PlaygroundRun.objects.filter(unique_key=self.unique_key).first() if self.unique_key else None

    def form_valid(self, form: CanvasForm) -> HttpResponse:
        numbers = form.cleaned_data["numbers"]
        try:
            run, sent = start(self.request.user, form.chosen, numbers, self.unique_key)
        except (IntegrityError, TooMany) as fault:
            if before := self.run_before():  # by the other click of a double one
                return self.sent_before(before)
            if isinstance(fault, IntegrityError):
                raise
            form.add_error(None, str(fault))
            return self.form_invalid(form)
        self.flash(sent)
        return HttpResponseRedirect(run.get_absolute_url())

    def flash(self, sent: Sent) -> None:
        if sent.taken == sent.of:
            messages.success(self.request, "Started. Watch its tasks on this page.")
        elif sent.taken:
            words = f"The queue went away after {sent.taken} of {sent.of} messages. The others were not sent."
            messages.error(self.request, words)
        else:
            messages.error(self.request, AWAY)

    def sent_before(self, run: PlaygroundRun) -> HttpResponse:
        messages.info(self.request, "You already sent this. Here is its run.")
        return HttpResponseRedirect(run.get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user, canvas = self.request.user, self.canvas
        # A form that comes back with errors keeps its token: sent again, changed, it is another submission anyhow.
        token = self.request.POST.get(TOKEN, "") or secrets.token_urlsafe(16)
        found = runs_of(user).annotate(now=Now()).defer("graph", "result", "owner__password")
        page = paginate(found, ("-created", "-id"), self.request.GET, PAGE_SIZE)
        listed = rows(page.rows)
        return context | {
            TOKEN: token,
            "canvas": canvas,
            "canvases": CANVASES.values(),
            "sources": code(canvas),
            "stages": preview(canvas),
            "rows": listed,
            "page": page,
            "kept_days": KEEP_FOR.days,
            "live_url": self.request.get_full_path() if any(row["changes"] for row in listed) else "",
        }


def preview(canvas: Canvas) -> list[list[tuple[Node, TaskStatus]]]:
    """The graph of a canvas before anything is sent, of the numbers that its form begins with."""
    stages = freeze(canvas.build("", *map(int, canvas.example.split(","))))
    return [[(node, TaskStatus("")) for node in stage] for stage in stages]


def rows(runs: list[Any]) -> list[dict[str, Any]]:
    """The runs of a list, each with the word that its own page has for its state."""
    states = states_of(runs, runs[0].now) if runs else {}
    return [
        {
            "run": run,
            "canvas": CANVASES.get(run.canvas),
            "state": states[run.pk],
            "changes": not run.outcome and states[run.pk] in (RUNNING, RETRYING, WAITING),
        }
        for run in runs
    ]


def add_failed_tries(run: PlaygroundRun) -> None:
    """Give each node its `tries`: those that failed before the one that Celery tells of."""
    tries = list(run.failed_tries.order_by("number"))
    for node in run.nodes:
        node["tries"] = [each for each in tries if str(each.task_id) == node["id"]]


class PlaygroundRunView(LoginRequiredMixin, PartialPage):
    """One run. While something of it is on its way, the page asks for itself anew."""

    template_name = "playground/run.html"
    partial_template = "playground/_answer.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run: Any = get_object_or_404(runs_of(self.request.user).annotate(now=Now()), pk=kwargs["pk"])
        now = run.now
        stages = statuses_of(run, now)
        run.refresh_from_db(fields=["result"])  # `store` may have written it after the row was read
        add_failed_tries(run)
        canvas = CANVASES.get(run.canvas)
        watched = not is_over(run, stages, now) and (now - run.created).total_seconds() < WATCHED
        return super().get_context_data(**kwargs) | {
            "run": run,
            "canvas": canvas,
            "state": state_of(stages),
            "stages": [list(zip(nodes, seen, strict=True)) for nodes, seen in zip(run.graph, stages, strict=True)],
            "result": words_of(run, stages),
            "sources": code(canvas) if canvas else (),
            "form_token": secrets.token_urlsafe(16),
            "numbers": ", ".join(map(str, run.inputs)),
            "live_url": self.request.path if watched else "",
        }
