"""The scans of carts for programs: send them, read them, and what can be done to one."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from task.books.again import look_up_one_again
from task.books.carts import accept as carts
from task.books.carts import actions, undo
from task.books.carts.accept import Sent, accept
from task.books.carts.filters import ScanFilter
from task.books.carts.models import TEXT, Cart, Scan, ScanState
from task.jobs.pages.api import PROBLEMS
from task.kit.api import ProblemSerializer, Strict, reader_of, refusal

AT_ONCE = 500  # scans of one request
NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It can't be done (any more).")}


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


def of_scan(name: str) -> Any:
    address = name.replace("_", "-")
    return path(f"scans/<int:pk>/{address}/", ScanViewSet.as_view({"post": name}), name=f"scan-{address}")


urlpatterns = [
    path("carts/<int:pk>/scans/", CartScansViewSet.as_view({"get": "list"}), name="cart-scans"),
    path("scans/", ScansView.as_view(), name="scan-list"),
    path("scans/<int:pk>/", ScanViewSet.as_view({"get": "retrieve"}), name="scan-detail"),
    *map(of_scan, ("undo", "put_back", "mend", "dismiss", "add_copy", "try_again")),
]
