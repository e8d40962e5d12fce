"""What workers do with files: turn them into rows, add these to a cart, and let go of both."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import F, Q

from task.books.carts import accept, look_ups
from task.books.carts.models import Cart
from task.books.files import adding
from task.books.files.contents import contents, labels_of
from task.books.files.kinds import MOST_ROWS, FileFault
from task.books.files.models import Upload, UploadPart, UploadRow
from task.books.files.reading import START, Place, Row, rows
from task.books.files.tables import Layout, layout_of
from task.books.models import Book, Location
from task.jobs import Fail, Now, Run, job
from task.jobs.models import Job

FIRST, A_STEP = 20, 500  # rows of the first step, at which a person looks, and of the others
KEPT_FOR = timedelta(days=7)  # after its books were added
WAITS_FOR = timedelta(days=1)  # for somebody to add them
Becomes = UploadRow.Becomes
GONE = "The file is gone. Send it again."


# Adding


@job(
    "books.add_file",
    title=lambda upload, name: f"Add the books of {name}",
    label="Add the books of a file",
    starts_within=600,
)
def add_file(run: Run, upload: int, name: str) -> str | None:
    sent = Upload.objects.filter(pk=upload).select_related("owner").first()
    if sent is None or not sent.cart_id:
        raise Fail(GONE)
    key = sent.cart_id
    for batch in run.walk(lambda after: adding.batches(sent, after or 0), total=sent.rows_read):
        with run.step():
            accept.lock(sent.owner)  # before the cart, as whoever scans
            cart = Cart.objects.select_for_update(of=("self",)).select_related("location").get(pk=key)
            if cart.undo_job_id:
                return "The cart was undone, so the rest of the file was not added."
            adding.add(sent, cart, batch)
    with run.finish(f"{run.job.done:,} row{'' if run.job.done == 1 else 's'} added."):
        look_ups.begin(Cart.objects.get(pk=key))
    return None


def start(sent: Upload, *, counts_copies: bool, by_hand: bool, location: Location | None = None) -> bool:
    """Begin its cart, and the job that adds its rows. False: that was done already, or it can't be added."""
    with transaction.atomic():
        accept.lock(sent.owner)
        there = Upload.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=sent.pk).first()
        if there is None or not there.can_be_added:
            return False
        cart = accept.begin(
            there.owner, is_file=True, name=there.name, counts_copies=counts_copies, location=location
        )  # fmt: skip

        def save(job: Job) -> None:
            Upload.objects.filter(pk=there.pk).update(
                cart=cart, add_job=job, added=Now(), counts_copies=counts_copies, by_hand=by_hand
            )

        add_file.apply_async(kwargs={"upload": there.pk, "name": there.name}, owner=there.owner, rows=save)
    return True


# Reading


@dataclass
class Portion:
    layout: Layout | None = None
    labels: list[str] = field(default_factory=list)
    rows: list[UploadRow] = field(default_factory=list)
    fault: str = ""
    is_last: bool = False


@job("books.read_file", title=lambda upload, reading, name: f"Read {name}", label="Read files", starts_within=600)
def read_file(run: Run, upload: int, reading: int, name: str) -> None:
    sent = Upload.objects.filter(pk=upload, reading=reading).select_related("owner").first()
    if sent is None:
        raise Fail(GONE)
    with contents(sent) as file:
        for portion in run.walk(lambda cursor: portions(file, sent, cursor)):
            with run.step(done=len(portion.rows)):
                save(sent, portion)
    sent.refresh_from_db()
    count = sent.rows_read
    with run.finish(sent.fault or f"{count:,} row{'' if count == 1 else 's'} read."):
        if sent.add_at_once:
            start(sent, counts_copies=sent.has_copies, by_hand=True, location=sent.location)


def portions(file: IO[bytes], sent: Upload, cursor: Any) -> Iterator[tuple[Portion, Any]]:
    """Its rows behind the cursor: how many were read, and the place of the last one in the file."""
    place, *behind = cursor or [0]
    portion, layout, after = Portion(), sent.read_layout, Place(*behind) if behind else START
    try:
        if layout is None:
            layout = layout_of(file, sent.name)
            portion = Portion(layout, labels_of(file, layout))
        for row in rows(file, layout, after):
            if place >= MOST_ROWS:
                raise FileFault(f"{sent.name} has more than {MOST_ROWS:,} rows. Split it: the rest is not read.")
            place, after = place + 1, row.place
            portion.rows.append(row_of(sent, row, place))
            if len(portion.rows) >= (FIRST if place <= FIRST else A_STEP):
                yield sorted_out(sent, portion), [place, *after]
                portion = Portion()
    except FileFault as fault:
        portion.fault = str(fault)[:500]
    portion.is_last = True
    yield sorted_out(sent, portion), [place, *after]


def row_of(sent: Upload, row: Row, place: int) -> UploadRow:
    return UploadRow(
        upload=sent, reading=sent.reading, place=place, number=row.number, text=row.text[:200], isbn=row.isbn,
        fault=row.fault[:300], offers=list(row.offers), note=row.note[:300], title=row.title,
        authors=list(row.authors), year=row.year, copies=row.copies, location=row.location, record=row.record,
    )  # fmt: skip


def sorted_out(sent: Upload, portion: Portion) -> Portion:
    """Say what becomes of each row: what the catalogue has, and what the file had further up."""
    isbns = {row.isbn for row in portion.rows if row.isbn}
    before = UploadRow.objects.filter(upload=sent, reading=sent.reading, isbn__in=isbns)
    seen = set(before.values_list("isbn", flat=True))
    here = set(Book.objects.filter(isbn__in=isbns - seen).values_list("isbn", flat=True))
    for row in portion.rows:
        if not row.isbn:
            row.becomes = Becomes.REFUSED if row.fault else Becomes.WITHOUT
        else:
            row.becomes = Becomes.DOUBLE if row.isbn in seen else Becomes.HERE if row.isbn in here else Becomes.LOOK_UP
            seen.add(row.isbn)
    return portion


def save(sent: Upload, portion: Portion) -> None:
    counts = Counter(row.becomes for row in portion.rows)
    titled = sum(row.becomes == Becomes.WITHOUT and bool(row.title) for row in portion.rows)
    columns: dict[str, Any] = {state.value: F(state.value) + counts[state] for state in Becomes}
    columns |= {"titled": F("titled") + titled, "is_read": portion.is_last, "fault": portion.fault}
    if portion.layout:
        columns |= {"layout": asdict(portion.layout), "labels": portion.labels}
    if not Upload.objects.filter(pk=sent.pk, reading=sent.reading).update(**columns):
        raise Fail("The file is being read in another way.")
    UploadRow.objects.bulk_create(portion.rows)
    old = UploadRow.objects.filter(upload=sent, reading__lt=sent.reading).values("pk")[:1000]
    UploadRow.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()


# The end


@job("books.remove_files", title="Remove files whose books were added, or that nobody added")
def remove_files(run: Run) -> str:
    """In steps: first their rows, then their bytes, then themselves."""
    for _ in run.until_done(removals(run)):
        with run.step() as tally:
            tally["files"] += remove(old_files().order_by("created", "id").first())
    count = run.tally["files"]
    return f"{count:,} file{'' if count == 1 else 's'} removed."


def old_files() -> Any:
    return Upload.objects.filter(
        Q(added__lt=Now() - KEPT_FOR) | Q(added=None, created__lt=Now() - WAITS_FOR)
    )  # fmt: skip


def removals(run: Run) -> Iterator[None]:
    while old_files().exists():
        yield None


def remove(sent: Upload | None) -> int:
    """A piece of it. 1: it is gone."""
    if sent is None:
        return 0
    for table, size in ((UploadRow, 1000), (UploadPart, 1)):
        keys = list(table._default_manager.filter(upload=sent).order_by("pk").values_list("pk", flat=True)[:size])
        if keys:
            table._default_manager.filter(pk__in=keys).delete()
            return 0
    sent.delete()
    return 1
