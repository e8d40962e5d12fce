"""What a browser has kept and sends: many scans in one request, each answered by its name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.mixins import AccessMixin
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views import View

from task.books.carts.accept import Accepted, Sent, accept
from task.books.carts.models import Scan
from task.books.carts.page import caught, scan_page
from task.books.files.models import Upload
from task.books.files.pasted import MOST_OF_TABLE, is_table, save_table
from task.books.isbn import LIMIT, read
from task.kit.content_length import content_length

MOST = 500  # scans of a request
LONGEST = 10_000  # characters of one that is no table
LARGEST = 2_000_000  # bytes of all
WAYS = {"camera": Scan.Way.CAMERA}  # else it came by the box
PASTED = "You pasted a table, so we read it as a file. Check its rows there, then add them."
VIEWS = {"page": ("books/_scan_pieces.html", scan_page), "toast": ("books/_caught.html", caught)}


@dataclass(frozen=True)
class Unreadable(Exception):
    """Of the whole request: nothing of it was saved."""

    sentence: str
    status: int = 400


class SendView(AccessMixin, View):
    """`{"user": …, "view": "page", "scans": [{"id": …, "text": …, "at": …}]}`; sent again, the answer is the same.

    `view` asks for what the page shows then: the pieces of the scan page, or the words for any other.
    """

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return refusal("You are logged out.", 401)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            body = body_of(request)
            if str(body.get("user", request.user.pk)) != str(request.user.pk):
                raise Unreadable("Somebody else is logged in here now.", 409)
            sent = scans_of(body.get("scans"))
        except Unreadable as fault:
            return refusal(fault.sentence, fault.status)
        files = {each.uuid: file for each in sent if (file := save_table(request.user, each))}
        accepted = accept(request.user, [each for each in sent if each.uuid not in files])
        answer: dict[str, Any] = {"scans": [answer_to(each, accepted, files.get(each.uuid)) for each in sent]}
        if (view := body.get("view")) in VIEWS:
            template, context = VIEWS[view]
            answer["html"] = render_to_string(template, context(request.user), request)
        return JsonResponse(answer)


def refusal(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"detail": sentence}, status=status)


def body_of(request: HttpRequest) -> dict[str, Any]:
    if (content_length(request.META) or 0) > LARGEST:
        raise Unreadable(f"Send at most {MOST} scans at once.", 413)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unreadable("This is not JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable("Send an object with “scans”.")
    return body


def scans_of(scans: Any) -> list[Sent]:
    if not isinstance(scans, list):
        raise Unreadable("“scans” is a list.")
    if len(scans) > MOST:
        raise Unreadable(f"Send at most {MOST} scans at once.", 413)
    sent = [sent_of(scan) for scan in scans]
    if too_many(each.text for each in sent if not is_table(each)):
        raise Unreadable(f"Send at most {LIMIT:,} ISBNs at once.", 413)
    return sent


def sent_of(scan: Any) -> Sent:
    if not isinstance(scan, dict) or not isinstance(scan.get("text"), str):
        raise Unreadable("Each scan has “id”, “text” and “at”.")
    if len(scan["text"]) > MOST_OF_TABLE:
        raise Unreadable(f"One scan has at most {MOST_OF_TABLE:,} characters.")
    try:
        name = UUID(str(scan.get("id")))
        at = datetime.fromisoformat(scan["at"]) if scan.get("at") else None
        at = at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
    except (ValueError, TypeError):
        raise Unreadable("“id” is a UUID, and “at” a time as in 2026-05-01T10:22:00Z.") from None
    sent = Sent(name, scan["text"], at, WAYS.get(str(scan.get("way")), Scan.Way.BOX))
    if len(sent.text) > LONGEST and not is_table(sent):
        raise Unreadable(f"One scan has at most {LONGEST:,} characters.")
    return sent


def too_many(texts: Iterable[str]) -> bool:
    """Whether they hold more numbers than go on at once. It reads no further than it must."""
    pieces = (piece for text in texts for piece in read(text))
    return next(islice(pieces, LIMIT, None), None) is not None


def answer_to(each: Sent, accepted: Accepted, file: Upload | None) -> dict[str, Any]:
    if file:
        return {"id": str(each.uuid), "rows": [], "notes": [PASTED], "file": file.get_absolute_url()}
    rows = [{"id": scan.pk, "effect": scan.effect} for scan in accepted.scans[each.uuid][:MOST]]
    return {"id": str(each.uuid), "rows": rows, "notes": accepted.notes.get(each.uuid, [])[:10]}
