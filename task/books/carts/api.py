"""Carts for programs: scan into them, read them, mend and undo; with the rights and the sentences of the pages."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from task.books.again import look_up_one_again
from task.books.carts import accept as carts
from task.books.carts import actions, change, undo
from task.books.carts.accept import Sent, accept
from task.books.carts.figures import figures_of
from task.books.carts.filters import CartFilter, ScanFilter
from task.books.carts.forms import CartForm
from task.books.carts.models import TEXT, Cart, Scan, ScanState
from task.books.carts.views import carts_seen_by
from task.books.locations import location
from task.jobs.models import Job
from task.jobs.pages.api import PROBLEMS, JobSerializer, job_as_json
from task.kit.api import ProblemSerializer, Strict, reader_of, refusal

AT_ONCE = 500  # scans of one request
NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It can't be done (any more).")}


# What a cart and a scan say


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


class ScanSerializer(serializers.ModelSerializer[Scan]):
    """One row of a cart."""

    cart = serializers.IntegerField(source="cart_id")
    state = serializers.ChoiceField(choices=ScanState.choices)
    book = serializers.CharField(source="book.number", default=None, allow_null=True)
    title = serializers.CharField(source="book.title", default="")
    reason = serializers.SerializerMethodField(help_text="Why it was refused, or its book not found.")
    offers = serializers.ListField(child=serializers.CharField(), help_text="ISBNs that may be meant.")

    class Meta:
        model = Scan
        fields: ClassVar[Any] = [
            "id", "cart", "uuid", "place", "at", "way", "text", "state", "effect", "quantity", "book", "title",
            "reason", "offers", "note", "kept", "undone",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    def get_reason(self, scan: Scan) -> str:
        return scan.fault or (scan.book.reason if scan.needs_work and scan.book else "")


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


class CartScansViewSet(ListModelMixin, GenericViewSet[Scan]):
    """The scans of a cart, in the order of the pile."""

    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"pile": ("at", "id"), "newest": ("-at", "-id")}
    filterset_class = ScanFilter
    serializer_class = ScanSerializer
    queryset = Scan.objects.none()

    def get_queryset(self) -> Any:
        cart = get_object_or_404(Cart.objects.seen_by(reader_of(self.request)), pk=self.kwargs["pk"])
        return cart.scans.for_rows()

    @extend_schema(responses={200: ScanSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


# Scans


class SentScan(Strict):
    uuid = serializers.UUIDField(help_text="Your own name for it: what is sent twice counts once.")
    text = serializers.CharField(max_length=TEXT, trim_whitespace=False, help_text="As it was scanned.")
    at = serializers.DateTimeField(required=False, help_text="When it was scanned; now, unless it is told.")


class ScansRequest(Strict):
    scans = serializers.ListField(child=SentScan(), min_length=1, max_length=AT_ONCE)


class ScansAnswer(serializers.Serializer[Any]):
    scans = ScanSerializer(many=True, help_text="The rows, also those of scans that were sent before.")
    job = serializers.URLField(allow_null=True, help_text="The job that looks up the new books.")


class ScansView(APIView):
    @extend_schema(request=ScansRequest, responses={201: ScansAnswer, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Scan into your current cart, or into that of the scan's time. Each text may hold several numbers."""
        wanted = ScansRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        sent = [
            Sent(each["uuid"], each["text"], each.get("at"), Scan.Way.PROGRAM)
            for each in wanted.validated_data["scans"]
        ]
        accepted = accept(request.user, sent)
        keys = [scan.pk for scans in accepted.scans.values() for scan in scans]
        rows = Scan.objects.for_rows().filter(pk__in=keys).in_pile()
        job = accepted.job and str(reverse("api:job-detail", args=[accepted.job.pk], request=request))
        return Response({"scans": ScanSerializer(rows, many=True).data, "job": job}, status=201)


class MendRequest(Strict):
    text = serializers.CharField(max_length=TEXT, help_text="The ISBN, as it should have been read.")


class ScanViewSet(GenericViewSet[Scan]):
    """What can be done to one scan."""

    serializer_class = ScanSerializer
    queryset = Scan.objects.none()

    def get_queryset(self) -> Any:
        return Scan.objects.seen_by(reader_of(self.request)).for_rows()

    def found(self, pk: Any) -> Scan:
        scan: Scan = get_object_or_404(self.get_queryset(), pk=pk)
        return scan

    def answer(self, pk: Any, done: object, why_not: str) -> Response:
        return Response(self.get_serializer(self.found(pk)).data) if done else refusal(409, why_not)

    @extend_schema(responses={200: ScanSerializer, **PROBLEMS})
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        return Response(self.get_serializer(self.found(pk)).data)

    @extend_schema(request=None, responses={200: ScanSerializer, **PROBLEMS})
    def undo(self, request: Request, pk: Any = None) -> Response:
        """Take back exactly what it did. What others have used since stays, and `kept` says why."""
        undo.undo([self.found(pk).pk], request.user)
        return self.answer(pk, True, "")

    @extend_schema(request=None, responses={200: ScanSerializer, **NOT_NOW, **PROBLEMS})
    def put_back(self, request: Request, pk: Any = None) -> Response:
        """Do again what an undone scan did, within 30 days."""
        scan = self.found(pk)
        return self.answer(pk, not scan.undone or undo.put_back(scan, request.user), actions.PutBackView.too_late)

    @extend_schema(request=MendRequest, responses={200: ScanSerializer, **NOT_NOW, **PROBLEMS})
    def mend(self, request: Request, pk: Any = None) -> Response:
        """Read a refused scan again, at its place."""
        scan = self.found(pk)
        wanted = MendRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        return self.answer(pk, carts.mend(scan, wanted.validated_data["text"]), actions.MendView.too_late)

    @extend_schema(request=None, responses={200: ScanSerializer, **NOT_NOW, **PROBLEMS})
    def dismiss(self, request: Request, pk: Any = None) -> Response:
        """Nobody works on a refused scan any more."""
        scan = self.found(pk)
        return self.answer(pk, scan.dismissed or carts.dismiss(scan), actions.DismissView.too_late)

    @extend_schema(request=None, responses={200: ScanSerializer, **NOT_NOW, **PROBLEMS})
    def add_copy(self, request: Request, pk: Any = None) -> Response:
        """Of a book that was in the catalogue when it was scanned."""
        return self.answer(pk, carts.add_copy(self.found(pk), request.user), "This scan has added its copy already.")

    @extend_schema(request=None, responses={200: ScanSerializer, **NOT_NOW, **PROBLEMS})
    def try_again(self, request: Request, pk: Any = None) -> Response:
        """Look its book up again."""
        book = self.found(pk).book
        return self.answer(pk, book and look_up_one_again(book, request.user), actions.TryAgainView.too_late)


def of_cart(name: str) -> Any:
    address = name.replace("_", "-")
    return path(f"carts/<int:pk>/{address}/", CartViewSet.as_view({"post": name}), name=f"cart-{address}")


def of_scan(name: str) -> Any:
    address = name.replace("_", "-")
    return path(f"scans/<int:pk>/{address}/", ScanViewSet.as_view({"post": name}), name=f"scan-{address}")


urlpatterns = [
    path("carts/", CartViewSet.as_view({"get": "list", "post": "create"}), name="cart-list"),
    path("carts/<int:pk>/", CartViewSet.as_view({"get": "retrieve"}), name="cart-detail"),
    path("carts/<int:pk>/scans/", CartScansViewSet.as_view({"get": "list"}), name="cart-scans"),
    *map(of_cart, ("edit", "finish", "go_on", "try_again", "undo")),
    path("scans/", ScansView.as_view(), name="scan-list"),
    path("scans/<int:pk>/", ScanViewSet.as_view({"get": "retrieve"}), name="scan-detail"),
    *map(of_scan, ("undo", "put_back", "mend", "dismiss", "add_copy", "try_again")),
]
