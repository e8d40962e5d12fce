"""For staff: rename a name, merge it into another, undo that, and names that may be one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View
from django.views.generic import TemplateView

from task.books.by_hand import suggesting
from task.books.merging import changing
from task.books.merging.doubles import COUNTED, doubles, near, sides
from task.books.merging.forms import MergeForm, NoDoubleForm, RenameForm
from task.books.merging.models import NameChange
from task.books.merging.moving import tables_of
from task.books.merging.tasks import merge_names, rename
from task.books.models import Named
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.partials import is_partial
from task.kit.staff import StaffOnly

LONGEST = 300  # letters of a search, or of a place in the list of doubles
WORDS = {
    "author": ("Authors", "authors_list", "author"),
    "person": ("People", "people_list", "person"),
    "subject": ("Subjects", "subjects_list", "subject"),
}


def words_of(target: str) -> dict[str, str]:
    plural, url, one = WORDS[target]
    return {"target": target, "plural": plural, "list_url": url, "one_word": one}


class NameFormView(StaffOnly, JobFormView):
    """A form about one name. Of an alias it is not asked any more: the page of the one that remains says what it is."""

    sent: Job

    @cached_property
    def named(self) -> Named:
        return changing.found(self.kwargs["target"], self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.led_on() or super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        return self.led_on() or super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.led_on() or super().form_invalid(form)

    def led_on(self) -> HttpResponse | None:
        into = self.named.merged_into
        if into is None:
            return None
        messages.info(self.request, f"“{self.named.name}” was merged into “{into.name}”.")
        return redirect(into)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"named": self.named}

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # the row that `save_rows` makes

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        self.sent = job
        return super().submitted(job, form)

    def sent_before(self, job: Job) -> HttpResponse:
        return redirect(job)

    def get_success_url(self) -> str:
        return self.sent.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = words_of(self.kwargs["target"]) | {"named": self.named}
        return super().get_context_data(**kwargs) | words


class RenameView(NameFormView):
    form_class = RenameForm
    task = rename
    template_name = "merging/rename.html"
    success_message = "We are renaming it. Its books follow in a moment."

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"name": self.named.name}

    def save_rows(self, form: Any, job: Job) -> dict[str, Any]:
        return changing.new_rename(job, self.named, form.cleaned_data["name"])


class MergeView(NameFormView):
    """First the one that remains is looked for (`?q=`), then both are shown (`?into=`), and a click merges them."""

    form_class = MergeForm
    task = merge_names
    template_name = "merging/merge.html"
    success_message = "We are merging the names. Watch it here."

    def get_template_names(self) -> list[str]:
        return ["merging/_choices.html"] if is_partial(self.request) else super().get_template_names()

    def save_rows(self, form: Any, job: Job) -> dict[str, Any]:
        return changing.new_merge(job, self.named, form.cleaned_data["into"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        target, text = self.kwargs["target"], self.request.GET.get("q", "")[:LONGEST].replace("\0", "")
        form = context["form"]
        wanted = form if form.is_bound else MergeForm(self.request.GET, named=self.named)
        into = wanted.cleaned_data.get("into") if ("into" in wanted.data and wanted.is_valid()) else None
        problem = next(iter(wanted.errors.get("into", [])), "") if "into" in wanted.data else ""
        if into:
            both = sides(target, [self.named.pk, into.pk])
            return context | {"into": both[into.pk], "gone": both[self.named.pk], "most": COUNTED}
        table, _ = tables_of(target)
        rows = suggesting.rows(table, text) if text.strip() else near(self.named)
        there = sides(target, [row.pk for row in rows if row.pk != self.named.pk])
        choices = [there[row.pk] for row in rows if row.pk in there]
        return context | {"choices": choices, "query": text, "problem": problem, "most": COUNTED}


class UndoView(StaffOnly, View):
    """Take a merge or a new name back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        change = get_object_or_404(NameChange.objects.select_related("job", "undo_job"), pk=pk)
        try:
            return redirect(changing.undo(change, request.user))
        except changing.NotUndone as why:
            messages.error(request, str(why))
        table, _ = tables_of(change.target)
        named = table.objects.filter(pk=change.name).first()
        return redirect(named or WORDS[change.target][1])


class DoublesView(StaffOnly, TemplateView):
    template_name = "merging/doubles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        target = self.kwargs["target"]
        after = self.request.GET.get("after", "")[:LONGEST]
        found = doubles(target, after)
        query = QueryDict(mutable=True)
        query["after"] = found.next_after
        more = {
            "pairs": found.pairs, "more_like": found.more_like, "after": after,
            "next_url": f"?{query.urlencode()}" if found.next_after else "",
            "sections": [(name, WORDS[name][0]) for name in WORDS],
        }  # fmt: skip
        return super().get_context_data(**kwargs) | words_of(target) | more


class NoDoubleView(StaffOnly, View):
    """Two that look alike are two."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, target: str) -> HttpResponseBase:
        table, _ = tables_of(target)
        form = NoDoubleForm(request.POST, table=table)
        if form.is_valid():
            changing.dismiss(target, form.cleaned_data["one"], form.cleaned_data["other"], request.user)
        else:
            messages.error(request, str(next(iter(form.errors.values()))[0]))
        query = QueryDict(mutable=True)
        query["after"] = request.POST.get("after", "")[:LONGEST]
        return redirect(reverse("names_doubles", args=[target]) + (f"?{query.urlencode()}" if query["after"] else ""))
