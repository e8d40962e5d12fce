"""Files of books for programs: send one, look at what it is read as, correct that, and add its books."""

import tempfile
from typing import Any, ClassVar, cast

from django.core.files.uploadedfile import UploadedFile
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from task.books.files import sending, tasks
from task.books.files.contents import contents
from task.books.files.forms import COLUMNS, LayoutForm
from task.books.files.kinds import MOST_ROWS, SIZE, FileFault
from task.books.files.mending import mend
from task.books.files.models import Upload, UploadRow
from task.books.files.reading import CELL
from task.books.locations import location
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest
from task.kit.api import BoundedJSONParser, ProblemSerializer, Strict, TooLarge, reader_of, refusal
from task.kit.content_length import content_length

AROUND = 100_000  # bytes of a form beside the file
REFUSED = 1_000  # rows of one answer
NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It is not read to its end, or was added already.")}


def refuse_too_large(request: Request) -> None:
    length = content_length(request.META)
    if length is None or length > SIZE + AROUND:
        raise TooLarge(f"A file has at most {SIZE // 1_000_000} MB. Split it and send the parts.")


class BoundedMultiPart(MultiPartParser):
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        refuse_too_large(parser_context["request"])
        return super().parse(stream, media_type, parser_context)


class RawFile(BaseParser):
    """The body is the file, `?name=` its name."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        refuse_too_large(request)
        kept: Any = tempfile.TemporaryFile()  # noqa: SIM115  it goes with the request
        while chunk := stream.read(1 << 18):
            kept.write(chunk)
        size = kept.tell()
        kept.seek(0)
        name = request.query_params.get("name") or "books.csv"
        return DataAndFiles({}, {"file": UploadedFile(kept, name, size=size)})


class FileSerializer(serializers.ModelSerializer[Upload]):
    """How many rows there are of each sort: they sum to `rows`, all of the file once `is_read`."""

    url = serializers.HyperlinkedIdentityField(view_name="api:file-detail")
    description = serializers.SerializerMethodField(help_text="What it is, and how it is written.")
    columns = serializers.SerializerMethodField(help_text="What the desk needs: the place of its column, from 0.")
    question = serializers.CharField(help_text="What must be answered before its books can be added.")
    rows = serializers.IntegerField(source="rows_read")
    job = serializers.SerializerMethodField(help_text="The job that reads it.")
    add_job = serializers.SerializerMethodField(help_text="The job that adds its books.")
    cart = serializers.SerializerMethodField(help_text="Of its books.")

    class Meta:
        model = Upload
        fields: ClassVar[Any] = [
            "id", "url", "name", "size", "created", "description", "labels", "columns", "question", "is_read", "fault",
            "rows", "look_up", "here", "double", "refused", "without", "job", "added", "add_job", "cart", "handled",
            "left", "entered_before",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    def get_description(self, sent: Upload) -> str:
        layout = sent.read_layout
        return layout.description if layout else ""

    def get_columns(self, sent: Upload) -> dict[str, int | None]:
        layout = sent.read_layout
        return {name: getattr(layout.columns, name) if layout else None for name in COLUMNS}

    def address(self, route: str, key: Any) -> str | None:
        return str(reverse(f"api:{route}", args=[key], request=self.context["request"])) if key else None

    def get_job(self, sent: Upload) -> str | None:
        return self.address("job-detail", sent.job_id)

    def get_add_job(self, sent: Upload) -> str | None:
        return self.address("job-detail", sent.add_job_id)

    def get_cart(self, sent: Upload) -> str | None:
        return self.address("cart-detail", sent.cart_id)


class FileRequest(serializers.Serializer[Any]):
    file = serializers.FileField()


class ReadRequest(Strict):
    """What is left out is read as nothing is said: `{"isbn": 3, "title": 0}` uses two columns."""

    isbn = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    other_isbn = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    title = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    authors = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    year = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    copies = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    location = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    delimiter = serializers.CharField(required=False, allow_blank=True, max_length=1, trim_whitespace=False)
    encoding = serializers.CharField(required=False, max_length=20)
    heading_row = serializers.IntegerField(required=False, min_value=0, help_text="0: there are no headings.")


class RefusedSerializer(serializers.ModelSerializer[UploadRow]):
    reason = serializers.CharField()

    class Meta:
        model = UploadRow
        fields: ClassVar[Any] = ["place", "number", "text", "reason", "offers", "title"]
        read_only_fields: ClassVar[Any] = fields


class MendRowRequest(Strict):
    place = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, help_text="Of the row, from 1.")
    text = serializers.CharField(max_length=CELL, help_text="What is read instead.")


class AddRequest(Strict):
    counts_copies = serializers.BooleanField(required=False, help_text="As the file has a column of them.")
    by_hand = serializers.BooleanField(default=True, help_text="Enter the books without an ISBN.")
    room = serializers.CharField(required=False, allow_blank=True, max_length=100)
    shelf = serializers.CharField(required=False, allow_blank=True, max_length=100)


def upload_of(request: Request, pk: int) -> Upload:
    seen = Upload.objects.seen_by(reader_of(request)).select_related("owner")
    return get_object_or_404(seen, pk=pk)


def answer_of(request: Request, sent: Upload, status: int = 200) -> Response:
    sent.refresh_from_db()
    return Response(FileSerializer(sent, context={"request": request}).data, status=status)


class FilesView(ListModelMixin, GenericAPIView[Upload]):
    """Your own files, for staff all. They go a week after their books were added, or a day after they were sent."""

    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-created", "-id")}
    serializer_class = FileSerializer
    parser_classes = [BoundedMultiPart, RawFile]
    queryset = Upload.objects.none()

    def get_queryset(self) -> Any:
        return Upload.objects.seen_by(reader_of(self.request))

    @extend_schema(responses={200: FileSerializer(many=True), **PROBLEMS})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": FileRequest, "application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            IDEMPOTENCY_KEY,
            OpenApiParameter("add", bool, description="1: add its books as soon as it is read."),
            OpenApiParameter("name", str, description="Of the file, where the body is the file itself."),
        ],
        responses={202: FileSerializer, **PROBLEMS, 413: OpenApiResponse(ProblemSerializer, "It is too large.")},
    )
    def post(self, request: Request) -> Response:
        """Send a file of books. A job reads it; nothing is added before you say so, here or later."""
        file = request.FILES.get("file")
        if file is None:
            raise serializers.ValidationError({"file": ["Send a file."]})
        asked = JobRequest(request)
        if first := asked.before():
            return first
        found: list[Upload] = []

        def begin() -> Job:
            adds = request.query_params.get("add", "") in ("1", "true")
            found.append(sending.save(request.user, file, add_at_once=adds, unique_key=asked.name))
            job: Any = found[0].job
            return cast("Job", job)

        def answer(job: Job) -> Any:
            sent = Upload.objects.get(pk=found[0].pk)
            return FileSerializer(sent, context={"request": request}).data

        try:
            return asked.begin(begin, answer)
        except FileFault as fault:
            raise serializers.ValidationError({"file": [str(fault)]}) from None


class FileView(APIView):
    @extend_schema(responses={200: FileSerializer, **PROBLEMS})
    def get(self, request: Request, pk: int) -> Response:
        """What it is read as, and what has become of its rows."""
        return answer_of(request, upload_of(request, pk))


class FileReadView(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(request=ReadRequest, responses={202: FileSerializer, **PROBLEMS, **NOT_NOW})
    def post(self, request: Request, pk: int) -> Response:
        """Read it in another way: with other columns, another separator, encoding or row of headings."""
        sent = upload_of(request, pk)
        wanted = ReadRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        layout = sent.read_layout
        kept = {"delimiter": layout.delimiter, "encoding": layout.encoding} if layout else {}
        data = {name: "" if value is None else str(value) for name, value in (kept | wanted.validated_data).items()}
        form = LayoutForm(sent, data)
        if not form.is_valid():
            errors: Any = form.errors
            raise serializers.ValidationError(errors)
        try:
            with contents(sent) as file:
                is_read = sending.read_again(sent, *form.new_layout(file))
        except FileFault as fault:
            raise serializers.ValidationError({"file": [str(fault)]}) from None
        return answer_of(request, sent, 202) if is_read else refusal(409, "Its books are added already.")


class FileRefusedView(APIView):
    @extend_schema(responses={200: RefusedSerializer(many=True), **PROBLEMS})
    def get(self, request: Request, pk: int) -> Response:
        """Its first refused rows: what is written there, and why it is no ISBN."""
        sent = upload_of(request, pk)
        rows = UploadRow.objects.filter(upload=sent, reading=sent.reading, becomes="refused").order_by("place")
        return Response(RefusedSerializer(rows[:REFUSED], many=True).data)


class FileMendView(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(request=MendRowRequest, responses={200: FileSerializer, **PROBLEMS, **NOT_NOW})
    def post(self, request: Request, pk: int) -> Response:
        """Correct a refused row before its books are added. What is no ISBN either stays refused."""
        sent = upload_of(request, pk)
        wanted = MendRowRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        if too_late := mend(sent, **wanted.validated_data):
            return refusal(409, too_late)
        return answer_of(request, sent)


class FileAddView(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(request=AddRequest, responses={202: FileSerializer, **PROBLEMS, **NOT_NOW})
    def post(self, request: Request, pk: int) -> Response:
        """Add its books: a cart of its rows, and a job. Sent twice, it is one cart."""
        sent = upload_of(request, pk)
        wanted = AddRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        new = wanted.validated_data
        if new.get("shelf") and not new.get("room"):
            raise serializers.ValidationError({"room": ["Say which room the shelf is in."]})
        tasks.start(
            sent, counts_copies=new.get("counts_copies", sent.has_copies), by_hand=new["by_hand"],
            location=location(new.get("room", ""), new.get("shelf", "")),
        )  # fmt: skip
        sent.refresh_from_db()
        if sent.added:
            return answer_of(request, sent, 202)
        return refusal(409, sent.question or "It is not read to its end, or has no rows.")


urlpatterns = [
    path("books/files/", FilesView.as_view(), name="file-list"),
    path("books/files/<int:pk>/", FileView.as_view(), name="file-detail"),
    path("books/files/<int:pk>/read/", FileReadView.as_view(), name="file-read"),
    path("books/files/<int:pk>/refused/", FileRefusedView.as_view(), name="file-refused"),
    path("books/files/<int:pk>/mend/", FileMendView.as_view(), name="file-mend"),
    path("books/files/<int:pk>/add/", FileAddView.as_view(), name="file-add"),
]
