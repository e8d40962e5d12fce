"""Many ISBNs in one request, for programs."""

from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.books.carts.accept import Accepted, Sent, accept
from task.books.carts.models import Scan
from task.books.isbn import LIMIT, LONGEST, Piece, read
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest
from task.kit.api import Strict

MOST_ROWS = 2 * LIMIT  # of one request
ENTRY = 500  # characters of one entry: the address of a page may be one


@extend_schema_field({"oneOf": [{"type": "string", "maxLength": ENTRY}, {"type": "integer"}]})
class IsbnField(serializers.Field[str, Any, str, Any]):
    """An ISBN as people, scanners and files write it; programs that keep it as a number send one."""

    default_error_messages = {"invalid": "An ISBN is a text, like “9780345418913”."}

    def to_internal_value(self, data: Any) -> str:
        if (
            isinstance(data, bool)
            or not isinstance(data, str | int)
            or (isinstance(data, int) and data.bit_length() > 64)
        ):
            self.fail("invalid")
        return str(data)

    def to_representation(self, value: str) -> str:
        return value


class BulkCreateRequest(Strict):
    isbn = serializers.ListField(
        child=IsbnField(),
        min_length=1,
        max_length=LIMIT,
        error_messages={
            "min_length": "Send at least one ISBN.",
            "max_length": f"At most {LIMIT:,} ISBNs go at once. Send the rest in another request.",
            "not_a_list": 'Send a list: {{"isbn": ["9780345418913"]}}.',
            "required": 'Send a list: {{"isbn": ["9780345418913"]}}.',
        },
    )


class InvalidSerializer(serializers.Serializer[Any]):
    isbn = serializers.CharField(help_text="As it was sent.")
    reason = serializers.CharField()


class BulkCreateAnswer(serializers.Serializer[Any]):
    isbn = serializers.ListField(child=serializers.CharField(), help_text="New here: they are looked up.")
    known = serializers.ListField(child=serializers.CharField(), help_text="In the catalogue already.")
    invalid = InvalidSerializer(many=True, help_text="No ISBNs, each with its reason.")
    job = serializers.URLField(allow_null=True, help_text="The job that looks them up; null where nothing is new.")


EXAMPLE = OpenApiExample("Two ISBNs", {"isbn": ["9780345418913", "9780451524935"]}, request_only=True)


class BulkCreateView(APIView):
    @extend_schema(
        request=BulkCreateRequest, examples=[EXAMPLE], parameters=[IDEMPOTENCY_KEY],
        responses={201: BulkCreateAnswer, 200: BulkCreateAnswer, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Scan: new books appear at once and are looked up by a job; 200 where nothing is new."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        wanted = BulkCreateRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        pieces, invalid = sorted_out(wanted.validated_data["isbn"])
        good = list(dict.fromkeys(piece.isbn for piece in pieces if piece.isbn))
        if not good:
            raise serializers.ValidationError({"isbn": [f"{each['isbn']}: {each['reason']}" for each in invalid]})
        # The same request under the same key is the same scans, also where nothing is new.
        name = uuid5(NAMESPACE_OID, asked.name) if asked.name else uuid4()
        sent = [Sent(name, "", way=Scan.Way.PROGRAM, pieces=tuple(pieces))]
        accepted: list[Accepted] = []

        def begin() -> Job:
            accepted.append(accept(request.user, sent, unique_key=asked.name))
            return accepted[-1].job or nothing_new()

        def answer(job: Job | None) -> dict[str, Any]:
            scans = accepted[-1].scans[name] if job else []
            new = {scan.book.isbn for scan in scans if scan.book and job and scan.book.job_id == job.pk}
            return {
                "isbn": [isbn for isbn in good if isbn in new],
                "known": [isbn for isbn in good if isbn not in new],
                "invalid": invalid,
                "job": asked.address(job) if job else None,
            }

        try:
            return asked.begin(begin, answer, 201)
        except NothingNew:
            if first := asked.before():
                return first
        accepted.append(accept(request.user, sent))
        return Response(answer(accepted[-1].job), status=201 if accepted[-1].job else 200)


class NothingNew(Exception):
    """There is no job to answer with."""


def nothing_new() -> Job:
    raise NothingNew


def sorted_out(sent: list[str]) -> tuple[list[Piece], list[dict[str, str]]]:
    """What becomes rows of a cart, with LIMIT different ISBNs at most, and what is no ISBN with its reason."""
    good: dict[str, None] = {}
    taken: list[Piece] = []
    invalid: list[dict[str, str]] = []
    for text in sent:
        pieces = [piece for piece in read(text[:ENTRY]) if piece.kind != "quiet"]
        for piece in pieces:
            if not piece.isbn or (piece.isbn not in good and len(good) >= LIMIT):
                reason = piece.reason or f"Over the limit of {LIMIT:,} ISBNs at once. Send it in another request."
                invalid.append({"isbn": piece.text[:LONGEST], "reason": reason})
            else:
                good[piece.isbn] = None
            if (piece.isbn in good or not piece.isbn) and len(taken) < MOST_ROWS:
                taken.append(piece)
        if not pieces or len(text) > ENTRY:
            invalid.append(
                {"isbn": text[:LONGEST], "reason": "It is too long." if pieces else "There is no number in it."}
            )
    return taken, invalid
