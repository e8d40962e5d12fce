"""Ordering a book, the orders, and one of them with its buttons."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views import View

from task.jobs.models import Job
from task.jobs.pages import JobFormView, jobs_of
from task.kit.lists import ListPage
from task.kit.partials import is_partial
from task.kit.redirects import redirect_back
from task.kit.staff import StaffOnly
from task.orders import stock
from task.orders.filters import OrderFilter
from task.orders.forms import OrderForm
from task.orders.mails import set_mails
from task.orders.models import Order
from task.orders.search import matches
from task.orders.tasks import confirm

LONGEST = 200  # of what was typed, in an address
FOR_A_PERSON = 5  # seconds between two looks of a page that waits for the staff


class OrderView(JobFormView):
    """The copies are taken in the transaction of the confirmation's job: both are there, or nothing is.

    What the field `book` may mean stands below it: by htmx while somebody types, else by *Find books*.
    """

    form_class = OrderForm
    task = confirm
    template_name = "orders/new.html"
    again_words = "Order again"
    success_url = reverse_lazy("orders_list")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_partial(request):
            return render(request, "orders/_matches.html", {"matches": matches(request.GET), "oob": True})
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "find" in request.POST:
            return redirect(f"{request.path}?{self.sought(request.POST.get('book', '')).urlencode()}")
        return super().post(request, *args, **kwargs)

    def sought(self, book: str) -> QueryDict:
        """What the address of a page of matches says, for a form that was sent."""
        fields = {"book": book[:LONGEST], "quantity": self.request.POST.get("quantity", "")[:LONGEST]}
        return QueryDict(urlencode(fields))

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # the order has a number as soon as its row is saved

    def save_rows(self, form: Any, job: Job) -> dict[str, Any]:
        wanted = form.cleaned_data
        order = stock.take_copies(wanted["book"], wanted["quantity"], self.request.user, job)
        return {"order": order.number}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except stock.OutOfStock:
            form.out_of_stock()
        return self.form_invalid(form)

    def get_success_message(self, job: Job) -> str:
        order = Order.objects.called(job.arguments["order"]).for_page().get()
        words = f"Order received: {order.copies} of {order.book.heading[:100]}."
        return f"{words} We are emailing you a confirmation."

    def get_initial(self) -> dict[str, Any]:
        chosen = {name: self.request.GET[name][:LONGEST] for name in ("book", "quantity") if name in self.request.GET}
        return chosen | super().get_initial()

    def initial_from(self, job: Job) -> dict[str, Any]:
        order = Order.objects.called(job.arguments.get("order", "")).for_page().first()
        return {"book": order.book.number, "quantity": order.quantity} if order else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        params: QueryDict = self.request.GET
        if form.is_bound or "book" not in params:  # sent, or to be sent again
            params = self.sought(form["book"].value() or "")
        return context | {"matches": matches(params)}


def live(request: HttpRequest, orders: list[Order]) -> dict[str, Any]:
    """Whether a page of these orders looks again by itself: each second for an email, for a person's button slower."""
    if set_mails(orders):
        return {"live_url": request.get_full_path()}
    waiting = any(order.is_received for order in orders)
    return {"live_url": request.get_full_path() if waiting else "", "live_every": FOR_A_PERSON}


class OrdersView(LoginRequiredMixin, ListPage):
    filterset_class = OrderFilter
    sorts = {"newest": ("-id",), "oldest": ("id",)}
    template_name = "orders/list.html"
    partial_template = "orders/_rows.html"

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.seen_by(self.request.user).for_page()

    def get_filter(self, queryset: QuerySet[Order]) -> OrderFilter:
        chosen: OrderFilter = super().get_filter(queryset)
        chosen.forgives = True
        return chosen

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | live(self.request, context["rows"])


class OrderDetailView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        order = get_object_or_404(Order.objects.seen_by(request.user).called(number).for_page())
        jobs = list(jobs_of(request.user, order.job_id, order.ended_job_id))
        context = {"order": order, "book": order.book, "jobs": jobs, **live(request, [order])}
        return render(request, "orders/_live.html" if is_partial(request) else "orders/detail.html", context)


class EndView(View):
    """A button, by POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        order = get_object_or_404(Order.objects.seen_by(request.user).called(number).for_page())
        if self.end(order):
            messages.success(request, self.words(order))
        else:
            order.refresh_from_db(fields=["state"])
            messages.info(request, self.too_late(order))
        return redirect_back(request, order.get_absolute_url())

    def end(self, order: Order) -> Job | None:
        raise NotImplementedError

    def words(self, order: Order) -> str:
        raise NotImplementedError

    def too_late(self, order: Order) -> str:
        return f"This order was already {order.get_state_display()}."


def email_sentence(order: Order, reader: Any) -> str:
    if not order.has_address:
        return "There is nobody to email."
    return f"We are emailing {'you' if order.owner == reader else order.owner}."


class FulfilView(StaffOnly, EndView):
    def end(self, order: Order) -> Job | None:
        return stock.fulfil(order, self.request.user)

    def words(self, order: Order) -> str:
        return f"Order fulfilled. {email_sentence(order, self.request.user)}"


class CancelView(LoginRequiredMixin, EndView):
    """For who ordered, and for the staff, as long as the order is received."""

    def end(self, order: Order) -> Job | None:
        return stock.cancel(order, self.request.user)

    def words(self, order: Order) -> str:
        return f"Order cancelled. {email_sentence(order, self.request.user)}"

    def too_late(self, order: Order) -> str:
        if order.state == Order.State.FULFILLED:
            return "This order was already fulfilled, so it can’t be cancelled any more."
        return super().too_late(order)
