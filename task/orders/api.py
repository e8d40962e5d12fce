"""Orders for programs: order, see the own ones, cancel; staff fulfil."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest
from task.kit.api import FormRequest, ProblemSerializer, TextOrNumber, WholeNumber, reader_of, refusal
from task.orders import stock, views
from task.orders.filters import OrderFilter
from task.orders.forms import OrderForm, shown
from task.orders.models import Order
from task.orders.tasks import confirm

TOO_LATE = {409: OpenApiResponse(ProblemSerializer, "The order has ended already.")}


class OrderSerializer(serializers.ModelSerializer[Order]):
    number = serializers.CharField()
    url = serializers.SerializerMethodField()
    book = serializers.CharField(source="book.number")
    title = serializers.CharField(source="book.title")
    ordered_by = serializers.SerializerMethodField(help_text="Null once that account is gone.")

    class Meta:
        model = Order
        fields: ClassVar[Any] = [
            "number", "url", "book", "title", "quantity", "state", "ordered_by", "created", "ended",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, order: Order) -> str:
        return str(reverse("api:order-detail", args=[order.number], request=self.context["request"]))

    @extend_schema_field({"type": "string", "nullable": True})
    def get_ordered_by(self, order: Order) -> str | None:
        return str(order.owner) if order.owner else None


class OrderRequest(FormRequest):
    form_class = OrderForm

    book = TextOrNumber(max_length=200, help_text="Its ISBN in any spelling.")
    quantity = WholeNumber(least=1, most=2**31 - 1, default=1)

    def validate_book(self, text: str) -> str:
        """A program means an ISBN, and never a book's number here."""
        book = Book.objects.with_isbn(text).first()
        if book is None:
            raise serializers.ValidationError(
                f"No books match “{shown(text)}”. Check the ISBN, or scan the book first."
            )
        return str(book.number)


class OrderViewSet(ReadOnlyModelViewSet[Order]):
    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.OrdersView.sorts
    filterset_class = OrderFilter
    serializer_class = OrderSerializer
    queryset = Order.objects.none()
    lookup_field = "number"

    def get_queryset(self) -> Any:
        return Order.objects.seen_by(reader_of(self.request)).for_page()

    def found(self, number: str) -> Order:
        order: Order = get_object_or_404(self.get_queryset().called(number))
        return order

    def as_json(self, order: Order) -> Any:
        return self.get_serializer(order).data

    @extend_schema(responses={200: OrderSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your orders; for staff all."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: OrderSerializer, **PROBLEMS})
    def retrieve(self, request: Request, number: str = "", **_: Any) -> Response:
        """By its number, as 2026-00042."""
        return Response(self.as_json(self.found(number)))

    @extend_schema(request=OrderRequest, responses={201: OrderSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY])
    def create(self, request: Request) -> Response:
        """Order copies of a book; a job emails you the confirmation."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        form: Any = None
        made: list[Order] = []

        def save(job: Job) -> dict[str, Any]:
            wanted = form.cleaned_data
            made.append(stock.take_copies(wanted["book"], wanted["quantity"], request.user, job))
            return {"order": made[0].number}

        try:
            form = OrderRequest(data=request.data).form()
            return asked.start(confirm, {}, save, lambda job: self.as_json(made[0]), status=201)
        except (serializers.ValidationError, stock.OutOfStock) as fault:
            if first := asked.before():  # the same request was faster, and took the copies
                return first
            if isinstance(fault, stock.OutOfStock):
                form.out_of_stock()
                raise serializers.ValidationError(form.errors) from None
            raise

    @extend_schema(request=None, responses={200: OrderSerializer, **TOO_LATE, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, number: str = "") -> Response:
        """While it is received: the copies come back, and an email says so."""
        return self.end(number, stock.cancel, views.CancelView())

    @extend_schema(request=None, responses={200: OrderSerializer, **TOO_LATE, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def fulfil(self, request: Request, number: str = "") -> Response:
        """Staff: the person has the copies."""
        order = self.found(number)
        if not reader_of(request).is_staff:
            self.permission_denied(request)
        return self.end(order.number, stock.fulfil, views.FulfilView())

    def end(self, number: str, act: Callable[[Order, Any], Job | None], view: views.EndView) -> Response:
        order = self.found(number)
        done = act(order, self.request.user)
        order = self.found(number)
        if not done:
            return refusal(409, view.too_late(order))
        return Response(self.as_json(order))


urlpatterns = [
    path("orders/", OrderViewSet.as_view({"get": "list", "post": "create"}), name="order-list"),
    path("orders/<str:number>/", OrderViewSet.as_view({"get": "retrieve"}), name="order-detail"),
    path("orders/<str:number>/cancel/", OrderViewSet.as_view({"post": "cancel"}), name="order-cancel"),
    path("orders/<str:number>/fulfil/", OrderViewSet.as_view({"post": "fulfil"}), name="order-fulfil"),
]
