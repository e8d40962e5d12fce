"""A file that somebody sends: saved with the job that reads it. The same one again is told."""

import hashlib
from dataclasses import asdict
from typing import Any

from django.core.files.base import File
from django.db import transaction

from task.books.carts.accept import lock
from task.books.files.contents import labels_of
from task.books.files.kinds import HEAD, SIZE, FileFault, sniff
from task.books.files.models import Upload, UploadPart
from task.books.files.tables import Layout, layout_of
from task.books.files.tasks import read_file
from task.jobs import cancel
from task.jobs.models import Job

PART = 1_000_000  # bytes
AT_ONCE = 2_000_000  # bytes: the layout of a larger file is found by the job


def name_of(file: "File[bytes]") -> str:
    return str(file.name or "books.csv")[-100:]


def check(file: "File[bytes]") -> Layout | None:
    """How it is laid out; None where the job finds out. Raises FileFault with a sentence for what can't be read."""
    name, size = name_of(file), file.size or 0
    if size > SIZE:
        raise FileFault(f"{name} is larger than {SIZE // 1_000_000} MB. Split it and send the parts.")
    file.seek(0)
    sniff(file.read(HEAD), name)
    content: Any = file
    return layout_of(content, name) if size <= AT_ONCE else None


def save(
    owner: Any, file: "File[bytes]", *, add_at_once: bool = False, unique_key: str | None = None
) -> Upload:  # fmt: skip
    """Save it, unless the same one waits to be added: then that one. Raises FileFault.

    Under a `unique_key` it is a new one. Raises IntegrityError when the key is taken.
    """
    layout = check(file)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    with transaction.atomic():
        lock(owner)
        same = Upload.objects.filter(owner=owner, sha256=digest.hexdigest(), added=None, add_at_once=False, fault="")
        before: Upload | None = same.order_by("-id").first()
        if before and not before.stopped and not add_at_once:
            return before
        sent: Upload = Upload.objects.create(
            owner=owner, name=name_of(file), size=file.size, sha256=digest.hexdigest(), add_at_once=add_at_once,
            layout=asdict(layout) if layout else None, labels=labels_of(file, layout) if layout else [],
        )  # fmt: skip
        for number, part in enumerate(file.chunks(PART)):
            UploadPart.objects.create(upload=sent, number=number, content=part)
        start_reading(sent, unique_key)
    return sent


def start_reading(sent: Upload, unique_key: str | None = None) -> None:
    def rows(job: Job) -> None:
        Upload.objects.filter(pk=sent.pk).update(job=job)
        sent.job = job

    arguments = {"upload": sent.pk, "reading": sent.reading, "name": sent.name}
    read_file.apply_async(kwargs=arguments, owner=sent.owner, unique_key=unique_key, rows=rows)


def added_before(sent: Upload) -> Upload | None:
    """The last time that this person added the same file."""
    same = Upload.objects.filter(owner=sent.owner_id, sha256=sent.sha256, added__isnull=False)
    found: Upload | None = same.exclude(pk=sent.pk).select_related("cart").order_by("-id").first()
    return found


def read_again(sent: Upload, layout: Layout, labels: list[str]) -> bool:
    """Read it as a person says that it is. False: its books are added already."""
    with transaction.atomic():
        there = Upload.objects.select_for_update(of=("self",)).select_related("owner").get(pk=sent.pk)
        if there.added:
            return False
        old = there.job
        there.layout, there.labels, there.reading = asdict(layout), labels, there.reading + 1
        there.is_read, there.fault, there.add_at_once = False, "", False
        there.look_up = there.here = there.double = there.refused = there.without = there.titled = 0
        there.save()
        start_reading(there)
        if old:
            cancel(old)
    return True
