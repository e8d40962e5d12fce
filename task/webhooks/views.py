"""Webhooks of a person: which there are, a new one, one with its deliveries, and its buttons."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.views import View
from django.views.generic import FormView, TemplateView

from task.jobs.models import unlisted
from task.jobs.pages import jobs_of
from task.jobs.pages.form_view import SAVED_BUT_NOT_NOTIFIED
from task.kit.lists import ListPage
from task.kit.once_more import OnceMore
from task.webhooks.forms import FULL, WebhookForm
from task.webhooks.models import MOST, MOST_FAILURES, Delivery, Webhook
from task.webhooks.sending_again import CantSend, send_again


def webhooks_of(person: Any) -> QuerySet[Webhook]:
    """A person's own, each with when its last delivery was made and what came of it."""
    newest = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-created", "-id")
    last = {f"last_{name}": Subquery(newest.values(name)[:1]) for name in ("created", "state")}
    webhooks: QuerySet[Webhook] = Webhook.objects.owned_by(person).annotate(**last).order_by("id")
    return webhooks


def on_profile(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    return "webhooks/_profile.html", {"count": Webhook.objects.owned_by(request.user).count()}


class WebhooksView(LoginRequiredMixin, TemplateView):
    template_name = "webhooks/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        webhooks = list(webhooks_of(self.request.user))
        return super().get_context_data(**kwargs) | {
            "webhooks": webhooks,
            "most": MOST,
            "most_failures": MOST_FAILURES,
            "may_add": len(webhooks) < MOST,
        }


class AddWebhookView(OnceMore, LoginRequiredMixin, FormView):
    """The answer to the POST itself shows the secret, once: it passes through no session, message or log."""

    form_class = WebhookForm
    template_name = "webhooks/new.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form: WebhookForm) -> HttpResponse:
        made = Webhook.make(self.request.user, form.cleaned_data["address"])
        if made is None:  # meanwhile
            form.add_error(None, FULL)
            return self.form_invalid(form)
        webhook, secret = made
        return self.render_to_response({"webhook": webhook, "secret": secret})


class OfWebhook(LoginRequiredMixin):
    """For a view of one webhook: a stranger's is not there."""

    request: HttpRequest

    def found(self, pk: int) -> Webhook:
        webhook: Webhook = get_object_or_404(Webhook.objects.seen_by(self.request.user), pk=pk)
        return webhook


class WebhookView(OfWebhook, ListPage):
    sorts = {"newest": ("-created", "-id")}
    template_name = "webhooks/detail.html"
    partial_template = "webhooks/_rows.html"

    def get_queryset(self) -> QuerySet[Delivery]:
        self.webhook = self.found(self.kwargs["pk"])
        return self.webhook.deliveries.select_related("about").defer(*unlisted("about"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = context["rows"]
        jobs = set(jobs_of(self.request.user, *(delivery.pk for delivery in rows)).values_list("pk", flat=True))
        for delivery in rows:
            delivery.has_job = delivery.pk in jobs
        waits = any(delivery.state == Delivery.State.WAITING for delivery in rows)
        return context | {
            "webhook": self.webhook,
            "most_failures": MOST_FAILURES,
            "live_url": self.request.get_full_path() if waits else "",
        }


class SwitchView(OfWebhook, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook, on = self.found(pk), request.POST.get("to") == "on"
        webhook.switch(on=on)
        words = "It is called when your next job ends." if on else "It is not called any more."
        messages.success(request, f"Webhook switched {'on' if on else 'off'}. {words}")
        return redirect(webhook)


class DeleteView(OfWebhook, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.found(pk)
        webhook.delete()
        messages.success(request, f"Webhook deleted. {webhook.host} is not called any more.")
        return redirect("webhooks_list")


class SendAgainView(OfWebhook, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, delivery: UUID) -> HttpResponse:
        webhook = self.found(pk)
        row = get_object_or_404(webhook.deliveries.select_related("webhook"), pk=delivery)
        try:
            job = send_again(row, request.user)
        except CantSend as reason:
            messages.error(request, str(reason))
            return redirect(webhook)
        words = "We are sending this again: <a href='{}'>{}</a>."
        messages.success(request, format_html(words, job.get_absolute_url(), job.title))
        if job.notified is False:
            messages.warning(request, SAVED_BUT_NOT_NOTIFIED)
        return redirect(webhook)
