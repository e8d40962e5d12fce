"""Ordering a book, the orders, and one of them with the buttons of the staff."""

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
from task.jobs.pages import JobFormView
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


class OrderView(JobFormView):
    """The copies are taken in the transaction of the confirmation's job: both are there, or nothing is.

    What the field `book` may mean stands below it: by htmx while somebody types, else by *Find books*.
    """

    form_class = OrderForm
    task = confirm
    template_name = "orders/new.html"
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
        return {"book": order.book.isbn, "quantity": order.quantity} if order else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        params: QueryDict = self.request.GET
        if form.is_bound or "book" not in params:  # sent, or to be sent again
            params = self.sought(form["book"].value() or "")
        return context | {"matches": matches(params)}


class OrdersView(LoginRequiredMixin, ListPage):
    filterset_class = OrderFilter
    sorts = {"newest": ("-id",), "oldest": ("id",)}
    template_name = "orders/list.html"
    partial_template = "orders/_rows.html"

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.seen_by(self.request.user).for_page()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        waits = set_mails(context["rows"])
        return context | {"live_url": self.request.get_full_path() if waits else ""}


class OrderDetailView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        order = get_object_or_404(Order.objects.seen_by(request.user).called(number).for_page())
        live = request.path if set_mails([order]) else ""
        template = "orders/_facts.html" if is_partial(request) else "orders/detail.html"
        return render(request, template, {"order": order, "book": order.book, "live_url": live})


class EndView(StaffOnly, View):
    """A button of the staff, by POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        order = get_object_or_404(Order.objects.called(number).for_page())
        if self.end(order):
            messages.success(request, self.words(order))
        else:
            order.refresh_from_db(fields=["state"])
            messages.info(request, f"This order was already {order.get_state_display()}.")
        return redirect_back(request, order.get_absolute_url())

    def end(self, order: Order) -> Job | None:
        raise NotImplementedError

    def words(self, order: Order) -> str:
        raise NotImplementedError


def email_sentence(order: Order) -> str:
    return f"We are emailing {order.owner}." if order.has_address else "There is nobody to email."


class FulfilView(EndView):
    def end(self, order: Order) -> Job | None:
        return stock.fulfil(order, self.request.user)

    def words(self, order: Order) -> str:
        return f"Order fulfilled. {email_sentence(order)}"


class CancelView(EndView):
    def end(self, order: Order) -> Job | None:
        return stock.cancel(order, self.request.user)

    def words(self, order: Order) -> str:
        return f"Order cancelled. {email_sentence(order)}"
