"""The jobs pages: what was asked, how far it is, what happened, and the buttons that change it."""

from datetime import timedelta
from operator import itemgetter
from typing import Any, ClassVar

import django_filters
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views import View
from django.views.generic import TemplateView

from task.jobs.conf import conf
from task.jobs.engine.clock import Now
from task.jobs.engine.registry import KINDS, label_of
from task.jobs.models import ENDED_BADLY, Job, JobQuerySet, State, Worker
from task.jobs.pages import actions
from task.jobs.pages.follow_ups import CHILDREN, of_one, set_follow_ups
from task.jobs.pages.made import parts_made
from task.jobs.pages.readiness import problems_for_staff
from task.jobs.pages.run_again import run_again_url
from task.jobs.pages.search import SEARCHED, newest_of, search_jobs
from task.jobs.pages.status import status_of
from task.jobs.pages.timeline import runner_in_words, timeline
from task.jobs.pages.topics import set_topics
from task.kit.lists import ListPage
from task.kit.redirects import redirect_back
from task.kit.search.query import Term, parse

NEWEST = 200  # of somebody's newest jobs, to know which kinds they send


def kinds_for(user: Any) -> list[tuple[str, str]]:
    """The kinds that this person may want to see alone, by their labels: staff all of them, others those they sent."""
    newest = Job.objects.seen_by(user).newest_first()
    kinds = KINDS if user.is_staff else {*newest.values_list("kind", flat=True)[:NEWEST]}
    return sorted(((name, label_of(name)) for name in kinds), key=itemgetter(1))


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices)
    kind = django_filters.CharFilter()  # also one that is gone: its jobs are still there
    whose = django_filters.ChoiceFilter(choices=[("mine", "Mine"), ("desk", "Automatic")], method="of")
    follow_ups = django_filters.ChoiceFilter(
        choices=[("hide", "Hide follow-up jobs"), ("show", "Show follow-up jobs")], method="without_follow_ups"
    )
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Job
        fields: ClassVar = ["state", "kind", "whose", "follow_ups", "q"]

    has_older = False  # jobs that were not looked at
    more = False  # jobs that match than are listed
    terms: tuple[Term, ...] = ()  # for marks

    def without_follow_ups(self, jobs: JobQuerySet, name: str, wanted: str) -> JobQuerySet:
        """Of one state or kind among the newest alone: for these there is no index without follow-ups."""
        if wanted != "hide":
            return jobs
        if self.data.get("state") or self.data.get("kind"):
            jobs, oldest = newest_of(jobs, jobs)
            self.has_older = oldest is not None
        return jobs.filter(parent=None)

    def search(self, jobs: JobQuerySet, name: str, text: str) -> JobQuerySet:
        found = search_jobs(jobs, self.request.user, text)
        self.has_older |= found.has_older
        self.more, self.terms = found.more, parse(text).terms
        return found.jobs

    def of(self, jobs: QuerySet[Job], name: str, whose: str) -> QuerySet[Job]:
        """For staff, who see all: their own, or those that nobody sent."""
        reader = self.request.user
        return jobs.filter(owner=reader.pk if whose == "mine" else None) if reader.is_staff else jobs


class JobsListView(LoginRequiredMixin, ListPage):
    """Follow-up jobs are a count on the line of the job that they follow, but where a person looks for more."""

    filterset_class = JobFilter
    sorts = {"newest": ("-created", "-id"), "oldest": ("created", "id")}
    template_name = "jobs/list.html"
    partial_template = "jobs/_rows.html"

    def get_queryset(self) -> QuerySet[Job]:
        jobs = Job.objects.seen_by(self.request.user).for_list()
        return jobs.filter(parent=None) if self.folds else jobs

    @property
    def folds(self) -> bool:
        return not any(self.request.GET.get(name) for name in ("state", "kind", "q", "follow_ups"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        set_topics(context["rows"])
        if self.folds or self.request.GET.get("follow_ups") == "hide":
            set_follow_ups(context["rows"])
        live = self.request.get_full_path() if any(row.is_active for row in context["rows"]) else ""
        kinds = SimpleLazyObject(lambda: kinds_for(self.request.user))  # live rows alone don't show them
        narrowed = any(context["filter"].form[name].value() for name in JobFilter.Meta.fields)
        context["has_follow_ups"] = any(row.parent_id for row in context["rows"])
        context["has_folded"] = any(row.follow_ups for row in context["rows"])
        more = {"kinds": kinds, "nothing": self._nothing(context["state"]), "searched": SEARCHED, "narrowed": narrowed}
        return context | {"live_url": live} | more | self._stuck()

    def _nothing(self, state: str) -> str:
        """What an empty list says that was narrowed down."""
        of_kind = " of this kind" if self.request.GET.get("kind") else ""
        word = dict(State.choices).get(state, "")
        if query := self.request.GET.get("q"):
            return f"No {word}{' ' if word else ''}jobs{of_kind} match “{query[:100]}”."
        if state == State.SUCCEEDED:
            return f"No jobs{of_kind} are done."
        return f"No {word} jobs{of_kind}." if word else f"No jobs{of_kind or ' match'}."

    def _stuck(self) -> dict[str, Any]:
        """For staff: what waits since no worker is there, or since none that is there knows its kind.

        The first is seen a minute after the last notification; the second when nobody has notified for ten.
        """
        if not self.request.user.is_staff:
            return {}
        problems = problems_for_staff()
        no_worker = not Worker.objects.living().exists()
        waiting = Job.objects.queued().filter(run_after=None, notified_at__lt=Now() - timedelta(minutes=1))
        if not no_worker:
            waiting = waiting.filter(
                notified_at__lt=Now() - timedelta(seconds=conf.UNKNOWN_KIND_SECONDS), notifications=0
            )
        stuck = list(waiting.only("title", "kind").order_by("notified_at")[:20])
        return {"no_worker": no_worker, "stuck": stuck, "problems": problems}


class JobView(LoginRequiredMixin, TemplateView):
    """One job: what was asked, how far it is, what happened, and what can be done about it."""

    template_name = "jobs/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reader = self.request.user
        jobs = Job.objects.seen_by(reader).select_related("owner", "parent").annotate(now=Now())
        job: Any = get_object_or_404(jobs, pk=kwargs["pk"])  # with the database’s time beside it
        children = list(job.children.only("title", "state", "created").order_by("created")[:CHILDREN])
        waits = any(child.state == State.QUEUED for child in children)
        kind = KINDS.get(job.kind)
        return super().get_context_data(**kwargs) | {
            "job": job,
            "status": status_of(job, job.now),
            "job_kind": kind,
            "runner": runner_in_words(job.runner),
            "timeline": timeline(job, reader),
            "can_cancel": not job.cancel_requested and (job.is_active or waits),
            "can_retry": job.state in ENDED_BADLY and job.kind in KINDS,
            "run_again": run_again_url(job, reader),
            "again_words": getattr(getattr(kind, "view", None), "again_words", ""),
            "children": children,
            "follow_ups": of_one(job) if len(children) == CHILDREN else "",
            "made": parts_made(self.request, job),
            "live_url": self.live_url(job) if job.is_active else "",
        }

    def live_url(self, job: Job) -> str:
        """With the page's own query: what it made may be narrowed down."""
        query = self.request.GET.urlencode()
        return reverse("job_live", args=[job.pk]) + (f"?{query}" if query else "")


class JobLiveView(JobView):
    """Only what changes while it runs: htmx asks for it."""

    template_name = "jobs/_live.html"


class JobActionView(LoginRequiredMixin, View):
    """A button of a job's owner, or of staff. By POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: Any) -> HttpResponse:
        job = get_object_or_404(Job.objects.seen_by(request.user), pk=pk)
        self.act(request, job)
        return redirect_back(request, job.get_absolute_url())

    def act(self, request: HttpRequest, job: Job) -> None:
        raise NotImplementedError


class CancelView(JobActionView):
    def act(self, request: HttpRequest, job: Job) -> None:
        done, words, _ = actions.cancel(job)
        messages.add_message(request, messages.SUCCESS if done else messages.INFO, words)


class RetryView(JobActionView):
    def act(self, request: HttpRequest, job: Job) -> None:
        done, words, refused = actions.retry(job)
        messages.add_message(request, messages.SUCCESS if done else messages.ERROR if refused else messages.INFO, words)


class DismissView(JobActionView):
    def act(self, request: HttpRequest, job: Job) -> None:
        actions.dismiss(job)
