"""A file is sent, looked at, corrected, and its books are added. Everything is its owner's alone."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views import View
from django.views.generic import FormView

from task.books.files import sending, tasks
from task.books.files.contents import contents
from task.books.files.forms import AddForm, FileForm, LayoutForm
from task.books.files.kinds import FileFault
from task.books.files.mending import mend
from task.books.files.models import Upload, UploadRow
from task.books.files.reading import CELL
from task.books.locations import location
from task.jobs.pages import jobs_of
from task.kit.partials import PartialPage

FIRST = 5  # rows that are shown
LOOK_AT, UNFOLDED = 50, 3  # refused ones
STROKES = 100
WAITING = 10  # files


def upload_of(user: Any, pk: int) -> Upload:
    """With its job, as both are at one moment: else a job that ends in between would seem to have stopped."""
    sent: Upload = get_object_or_404(Upload.objects.seen_by(user).select_related("owner", "cart", "job"), pk=pk)
    return sent


class FilesView(LoginRequiredMixin, FormView):  # type: ignore[type-arg]
    """Where a file is sent to. The same one that waits to be added opens again."""

    form_class = FileForm
    template_name = "files/new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = Upload.objects.filter(owner=self.request.user.pk, added=None).order_by("-id")
        return super().get_context_data(**kwargs) | {"waiting": waiting.only("name", "created")[:WAITING]}

    def form_valid(self, form: FileForm) -> HttpResponse:
        return redirect(sending.save(self.request.user, form.cleaned_data["file"]))


class FileView(LoginRequiredMixin, PartialPage):
    """What its rows are read as, while they are read, and what will happen. Nothing is added here."""

    template_name = "files/detail.html"
    partial_template = "files/_live.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sent = upload_of(self.request.user, kwargs["pk"])
        jobs = list(jobs_of(self.request.user, sent.job_id, sent.add_job_id))
        reading = not sent.is_read and not sent.stopped
        rows = UploadRow.objects.filter(upload=sent, reading=sent.reading).order_by("place")
        refused = list(rows.filter(becomes="refused")[:LOOK_AT])
        return super().get_context_data(**kwargs) | {
            "file": sent,
            "layout": sent.read_layout,
            "rows": list(rows[:FIRST]),
            "refused": refused[:UNFOLDED],
            "more_refused": refused[UNFOLDED:],
            "layout_form": kwargs.get("layout_form") or LayoutForm(sent),
            "add_form": kwargs.get("add_form") or self.add_form(sent),
            "before": sending.added_before(sent),
            "jobs": jobs,
            "reading": reading,
            "ranks": ranks(sent),
            "is_chosen": "chosen" in self.request.GET,
            "live_url": self.live_url(sent) if reading else "",
        }

    def live_url(self, sent: Upload) -> str:
        """The columns come along once, as soon as they are known: then somebody may be choosing them."""
        return self.request.path if sent.layout else f"{self.request.path}?chosen=1"

    def add_form(self, sent: Upload) -> AddForm:
        is_again = sending.added_before(sent) is not None
        return AddForm(initial={"counts_copies": sent.has_copies and not is_again, "by_hand": True})


def ranks(sent: Upload) -> bytes:
    """The strokes of its bar: with an ISBN, to look at, without."""
    total = sent.rows_read
    parts = [(sent.with_isbn, 2), (sent.refused, 4), (sent.without, 0)]
    most = min(STROKES, total)
    return b"".join(bytes([rank]) * max(1, round(count * most / total)) for count, rank in parts if count)


class ReadAgainView(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sent = upload_of(request.user, pk)
        form = LayoutForm(sent, request.POST)
        if form.is_valid():
            with contents(sent) as file:
                try:
                    layout, labels = form.new_layout(file)
                    if layout != sent.read_layout or sent.stopped:
                        sending.read_again(sent, layout, labels)
                except FileFault as fault:
                    messages.error(request, str(fault))
        else:
            messages.error(request, "This file can't be read in that way. Choose from the lists.")
        return redirect(f"{sent.get_absolute_url()}?chosen=1")


class MendView(LoginRequiredMixin, View):
    """A refused row, by its place; what is written instead is read as the file is."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sent = upload_of(request.user, pk)
        place = request.POST.get("place", "")
        if place.isascii() and place.isdigit() and len(place) < 7:
            too_late = mend(sent, int(place), request.POST.get("text", "")[:CELL])
            if too_late:
                messages.info(request, too_late)
        return redirect(f"{sent.get_absolute_url()}#look-head")


class AddView(LoginRequiredMixin, View):
    """The second POST: sent twice, it is one cart."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sent = upload_of(request.user, pk)
        form = AddForm(request.POST)
        if not form.is_valid():
            view = FileView()
            view.setup(request, pk=pk)
            return view.render_to_response(view.get_context_data(pk=pk, add_form=form))
        wanted = form.cleaned_data
        tasks.start(
            sent, counts_copies=wanted["counts_copies"], by_hand=wanted["by_hand"],
            location=location(wanted["room"], wanted["shelf"]),
        )  # fmt: skip
        sent.refresh_from_db()
        if sent.cart_id:
            return redirect(reverse("cart_detail", args=[sent.cart_id]))
        messages.info(request, "Its books can't be added yet. The reason is beside the button.")
        return redirect(sent)
