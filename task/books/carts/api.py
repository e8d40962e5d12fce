"""Carts for programs: scan into them, read them, mend and undo; with the rights and the sentences of the pages."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books.carts import accept as carts
from task.books.carts import actions, change, scans_api
from task.books.carts.figures import figures_of
from task.books.carts.filters import CartFilter
from task.books.carts.forms import CartForm
from task.books.carts.models import Cart
from task.books.carts.scans_api import NOT_NOW
from task.books.carts.views import carts_seen_by
from task.books.locations import location
from task.jobs.models import Job
from task.jobs.pages.api import PROBLEMS, JobSerializer, job_as_json
from task.kit.api import Strict, reader_of, refusal

# What a cart says


class FiguresSerializer(serializers.Serializer[Any]):
    """Of its first 2,000 scans; `capped` where it has more."""

    scans = serializers.IntegerField(source="total")
    needing_work = serializers.IntegerField()
    looking_up = serializers.IntegerField()
    capped = serializers.BooleanField()


class CartSerializer(serializers.ModelSerializer[Cart]):
    url = serializers.HyperlinkedIdentityField(view_name="api:cart-detail")
    name = serializers.CharField(source="__str__", help_text="Its own, or when it was begun.")
    owner = serializers.SerializerMethodField(help_text="Null once that account is gone.")
    room = serializers.CharField(source="location.room", default="")
    shelf = serializers.CharField(source="location.shelf", default="")
    figures = FiguresSerializer()
    scans = serializers.SerializerMethodField(help_text="The address of the list of its scans.")

    class Meta:
        model = Cart
        fields: ClassVar[Any] = [
            "id", "url", "name", "owner", "is_file", "room", "shelf", "counts_copies", "started", "last_scan",
            "finished", "figures", "scans",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "nullable": True})
    def get_owner(self, cart: Cart) -> str | None:
        return str(cart.owner) if cart.owner else None

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_scans(self, cart: Cart) -> str:
        return str(reverse("api:cart-scans", args=[cart.pk], request=self.context["request"]))


def with_figures(found: list[Cart]) -> list[Cart]:
    figures = figures_of(found)
    for cart in found:
        vars(cart)["figures"] = figures[cart.pk]
    return found


# Carts


class CartRequest(Strict):
    """What is left out stays as it is."""

    name = serializers.CharField(max_length=100, allow_blank=True, required=False)
    room = serializers.CharField(max_length=100, allow_blank=True, required=False)
    shelf = serializers.CharField(max_length=100, allow_blank=True, required=False)
    counts_copies = serializers.BooleanField(required=False)


class NewCartRequest(Strict):
    name = serializers.CharField(max_length=100, allow_blank=True, default="")


class CartViewSet(ReadOnlyModelViewSet[Cart]):
    """What one person scans in one go: your own carts; for staff all."""

    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-started", "-id")}
    filterset_class = CartFilter
    serializer_class = CartSerializer
    queryset = Cart.objects.none()

    def get_queryset(self) -> Any:
        return carts_seen_by(reader_of(self.request))

    def found(self, pk: Any) -> Cart:
        cart: Cart = get_object_or_404(self.get_queryset(), pk=pk)
        return cart

    def answer(self, pk: Any, status: int = 200) -> Response:
        (cart,) = with_figures([self.found(pk)])
        return Response(self.get_serializer(cart).data, status=status)

    @extend_schema(responses={200: CartSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self.get_serializer(with_figures(list(page)), many=True).data)

    @extend_schema(responses={200: CartSerializer, **PROBLEMS})
    def retrieve(self, request: Request, pk: Any = None, **_: Any) -> Response:
        return self.answer(pk)

    @extend_schema(request=NewCartRequest, responses={201: CartSerializer, **PROBLEMS})
    def create(self, request: Request) -> Response:
        """Finish the current cart and begin the next."""
        wanted = NewCartRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        return self.answer(carts.new_cart(request.user, wanted.validated_data["name"]).pk, 201)

    @extend_schema(request=CartRequest, responses={200: CartSerializer, **PROBLEMS})
    def edit(self, request: Request, pk: Any = None) -> Response:
        """Its name, its location, and whether each scan counts as a copy."""
        cart = self.found(pk)
        wanted = CartRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        form: Any = CartForm.of(cart, CartForm.of(cart).initial | wanted.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        new = form.cleaned_data
        Cart.objects.filter(pk=cart.pk).update(name=new["name"], counts_copies=new["counts_copies"])
        change.place(cart, location(new["room"], new["shelf"]))
        return self.answer(pk)

    @extend_schema(request=None, responses={200: CartSerializer, **PROBLEMS})
    def finish(self, request: Request, pk: Any = None) -> Response:
        """The next scan begins a new cart."""
        carts.finish(self.found(pk))
        return self.answer(pk)

    @extend_schema(request=None, responses={200: CartSerializer, **NOT_NOW, **PROBLEMS})
    def go_on(self, request: Request, pk: Any = None) -> Response:
        """Scan into your own cart again."""
        cart = self.found(pk)
        if cart.owner_id != request.user.pk or not carts.go_on(cart):
            return refusal(409, "This cart takes no more scans.")
        return self.answer(pk)

    @extend_schema(request=None, responses={202: JobSerializer, **NOT_NOW, **PROBLEMS})
    def try_again(self, request: Request, pk: Any = None) -> Response:
        """Look up what was not found and what failed, by one job."""
        return self.begun(change.try_again(self.found(pk), request.user), actions.TryAgainView.too_late)

    @extend_schema(request=None, responses={202: JobSerializer, **NOT_NOW, **PROBLEMS})
    def undo(self, request: Request, pk: Any = None) -> Response:
        """By a job. What others have used since stays; its scans say why in `kept`."""
        return self.begun(change.undo(self.found(pk), request.user), "This cart is being undone already.")

    def begun(self, job: Job | None, why_not: str) -> Response:
        if job is None:
            return refusal(409, why_not)
        address = reverse("api:job-detail", args=[job.pk], request=self.request)
        return Response(job_as_json(self.request, job), status=202, headers={"Location": str(address)})


def of_cart(name: str) -> Any:
    address = name.replace("_", "-")
    return path(f"carts/<int:pk>/{address}/", CartViewSet.as_view({"post": name}), name=f"cart-{address}")


urlpatterns = [
    path("carts/", CartViewSet.as_view({"get": "list", "post": "create"}), name="cart-list"),
    path("carts/<int:pk>/", CartViewSet.as_view({"get": "retrieve"}), name="cart-detail"),
    *map(of_cart, ("edit", "finish", "go_on", "try_again", "undo")),
    *scans_api.urlpatterns,
]
