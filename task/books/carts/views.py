"""The carts, and one of them. What a person does to a row of it is in `actions`."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View
from django.views.generic import TemplateView

from task.books.carts import accept, change
from task.books.carts.figures import figures_of, needy_carts
from task.books.carts.filters import CartFilter
from task.books.carts.forms import CartForm
from task.books.carts.large import KEPT, forget
from task.books.carts.models import NEEDS_WORK, Cart, ScanState
from task.books.carts.rows import rows_of
from task.books.carts.undo import forecast
from task.books.files.account import account_of
from task.books.locations import location
from task.jobs.pages import jobs_of
from task.kit.lists import ListPage, paginate
from task.kit.partials import PartialPage
from task.kit.redirects import redirect_back

COUNTED = 1_000  # carts that a tab counts
ROWS = 500  # of a cart on one page: below, all of it is there to be printed
OF_LARGE = 100  # of one that has more

PEOPLE = [f"owner__{name}" for name in ("username", "first_name", "last_name")]


def carts_seen_by(user: Any) -> QuerySet[Cart]:
    own = [field.attname for field in Cart._meta.concrete_fields]
    carts: QuerySet[Cart] = Cart.objects.seen_by(user).select_related("owner", "location")
    return carts.only(*own, *PEOPLE, "location__room", "location__shelf")


class CartsView(LoginRequiredMixin, ListPage):
    filterset_class = CartFilter
    sorts: ClassVar = {"newest": ("-started", "-id")}
    template_name = "carts/list.html"
    partial_template = "carts/_carts.html"

    def get_queryset(self) -> QuerySet[Cart]:
        return carts_seen_by(self.request.user)

    def get_tabs(self, chosen: Any) -> dict[str, Any]:
        """A member sees own carts alone, so that “Yours” would be the same as “All”."""
        tabs = super().get_tabs(chosen)
        user = self.request.user
        counts: dict[str, Callable[[], int]] = {
            "": Cart.objects.seen_by(user)[: COUNTED + 1].count,
            "mine": Cart.objects.filter(owner=user.pk)[: COUNTED + 1].count,
            "work": lambda: len(needy_carts(user)),
        }
        shown = [each for each in tabs["states"] if user.is_staff or each[0] != "mine"]
        return tabs | {"states": [(value, words, open_, counts[value]()) for value, words, open_ in shown]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        figures = figures_of(context["rows"])
        for cart in context["rows"]:
            cart.figures = figures[cart.pk]
        current = accept.current(self.request.user)
        live = any(each.looking_up for each in figures.values())
        return context | {
            "current": current.pk if current else None,
            "counted": COUNTED,
            "live_url": self.request.get_full_path() if live else "",
        }


# The filters of a cart's rows: the value of `?state=`, its words, and the states that it shows
TABS: tuple[tuple[str, str, tuple[ScanState, ...]], ...] = (
    ("", "All", ()),
    ("work", "Need work", NEEDS_WORK),
    *((state.value, words, (state,)) for state, words in (
        (ScanState.LOOKING_UP, "Looking up"), (ScanState.FOUND, "Found"), (ScanState.COPY, "Copies"),
        (ScanState.KNOWN, "In the catalogue"), (ScanState.NOT_FOUND, "Not found"), (ScanState.FAILED, "Failed"),
        (ScanState.REFUSED, "Refused"), (ScanState.UNDONE, "Undone"), (ScanState.DISMISSED, "Dismissed"),
    )),
)  # fmt: skip


class CartView(LoginRequiredMixin, PartialPage):
    """One cart: the pile, its rows in the order of the pile, and what needs work between its neighbours."""

    template_name = "carts/detail.html"
    partial_template = "carts/_live.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, params = self.request.user, self.request.GET
        cart: Any = get_object_or_404(carts_seen_by(user), pk=kwargs["pk"])
        wanted = params.get("state", "")
        states = next((states for value, _, states in TABS if value == wanted), ())
        scans = cart.scans.for_rows()
        size = OF_LARGE if cart.scans.order_by()[: ROWS + 1].count() > ROWS else ROWS
        page = paginate(scans.filter(shown__in=states) if states else scans, ("at", "id"), params, size)
        rows, figures = rows_of(cart, page.rows, user)
        file = account_of(cart, figures)
        jobs = list(jobs_of(user, cart.undo_job_id, file.sent.add_job_id if file else None))
        live = figures.looking_up or any(job.is_active for job in jobs)
        return super().get_context_data(**kwargs) | {
            "cart": cart,
            "figures": figures,
            "rows": rows,
            "shown_numbers": {row.number for row in rows},
            "page": page,
            "tabs": tabs_of(figures, wanted if states else ""),
            "state": wanted if states else "",
            "jobs": jobs,
            "undoing": next((job for job in jobs if job.is_active and job.pk == cart.undo_job_id), None),
            "file": file,
            "is_current": cart.takes(timezone.now()) and not cart.is_file and cart == accept.current(cart.owner),
            "is_own": cart.owner_id == user.pk,
            "live_url": self.request.get_full_path() if live else "",
            "live_every": KEPT if figures.total > ROWS else 1 + len(rows) // 100,  # seconds: many are drawn seldom
        }


def tabs_of(figures: Any, wanted: str) -> list[tuple[str, str, str, int, bool]]:
    """(value, words, word of its sign, how many, whether it is open); what has no row has no tab."""
    found = []
    for value, words, states in TABS:
        count = sum(figures.counts[state] for state in states) if states else figures.total
        if value == "work" and (value != wanted or not count):
            continue  # the line above the tabs leads there
        if count or not value or value == wanted:
            found.append((value, words, states[0].label if len(states) == 1 else "", count, value == wanted))
    return found


class CartAction(LoginRequiredMixin, View):
    """A button of a cart's owner, or of staff. By POST only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        cart = get_object_or_404(Cart.objects.seen_by(request.user).select_related("owner"), pk=pk)
        answer = self.act(cart) or redirect_back(request, cart.get_absolute_url())
        forget(cart.pk)
        return answer

    def act(self, cart: Cart) -> HttpResponse | None:
        raise NotImplementedError


class NewCartView(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        accept.new_cart(request.user)
        return redirect_back(request, reverse("books_scan"))


class FinishView(CartAction):
    def act(self, cart: Cart) -> None:
        accept.finish(cart)
        messages.success(self.request, f"{cart} is finished. The next scan begins a new cart.")


class GoOnView(CartAction):
    """Only its owner scans into it."""

    def act(self, cart: Cart) -> HttpResponse | None:
        if cart.owner_id != self.request.user.pk or not accept.go_on(cart):
            messages.info(self.request, "This cart takes no more scans.")
            return None
        return redirect("books_scan")


class TryAgainView(CartAction):
    def act(self, cart: Cart) -> None:
        job = change.try_again(cart, self.request.user)
        if job is None:
            messages.info(self.request, "There is nothing to look up again.")


class EditCartView(LoginRequiredMixin, TemplateView):
    """Its name, its location and the switch. In a dialog of the cart's page, where script runs."""

    template_name = "carts/edit.html"

    def get_template_names(self) -> list[str]:
        return ["carts/_edit.html"] if self.request.headers.get("X-Dialog") else super().get_template_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cart = get_object_or_404(carts_seen_by(self.request.user), pk=kwargs["pk"])
        return super().get_context_data(**{"form": CartForm.of(cart), **kwargs, "cart": cart})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        cart = get_object_or_404(carts_seen_by(request.user), pk=pk)
        data = request.POST.copy()
        data.setdefault("name", cart.name)  # the scan page asks for the rest alone
        form = CartForm.of(cart, data)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(pk=pk, form=form))
        new = form.cleaned_data
        Cart.objects.filter(pk=pk).update(name=new["name"].strip(), counts_copies=new["counts_copies"])
        change.place(cart, location(new["room"], new["shelf"]))
        return redirect_back(request, cart.get_absolute_url())


class UndoCartView(LoginRequiredMixin, View):
    """What would go and what would stay, and then the job. In a dialog of the cart's page, where script runs."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        cart = get_object_or_404(carts_seen_by(request.user), pk=pk)
        is_dialog = bool(request.headers.get("X-Dialog"))
        context = {"cart": cart, "forecast": forecast(cart, request.user), "is_dialog": is_dialog}
        return render(request, "carts/_undo.html" if is_dialog else "carts/undo.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        cart = get_object_or_404(Cart.objects.seen_by(request.user), pk=pk)
        if change.undo(cart, request.user) is None:
            messages.info(request, "This cart is being undone already.")
        return redirect(cart)
