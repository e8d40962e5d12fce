"""Looking books up: a job's own waiting books first, then others' while the request has room. Once a night, again."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from task.books import rankings  # noqa: F401  a kind of its own
from task.books.changes import BY_HAND
from task.books.covers.tasks import fetch_behind
from task.books.fill import RELEASED, Portion, portions
from task.books.models import Book
from task.books.more import ask_behind
from task.books.refresh import refreshing, sources_for, write
from task.books.sources import Source, in_order
from task.books.stages import Asked, ask_line, ask_sources, ask_through, stages
from task.jobs import Now, Run, Snooze, State, job, reservation, retitle
from task.jobs.models import Job
from task.jobs.services import rate_limit

REQUEST = 25  # ISBNs that one request asks for
PARTS = 5  # of 25 books: one that empties the answer is found as fast as in halves, and all are asked one by one sooner
RESERVATION = timedelta(seconds=75)  # longer than asking a source may take, which is up to three requests
AT_ONCE = 1_000  # that a source without a network is asked for, of the many that a file may bring
OTHERS_SECONDS = 1.0  # how long a job stays at a worker while another one asks for its books

WAITING = Book.State.WAITING
UNRESERVED: dict[str, None] = {"reserved_until": None, "reserved_by": None}


def title_of(count: int, isbn: str = "") -> str:
    return look_up_title(isbn) if isbn else f"Look up {count:,} book{'s' if count != 1 else ''}"


def look_up_title(name: str) -> str:
    """Of one book, by its ISBN or its title."""
    return f"Look up {name}"[:300]


@job("books.look_up", title=title_of, label="Look up books", starts_within=600)
def look_up_books(run: Run, count: int, isbn: str = "") -> None:
    for portion in run.until_done(find_portions(run.job.pk), total=count):
        with run.step(done=portion.own):
            portion.write()
            call_by_title(run.job)
    with run.finish(outcome(run.job.pk)):
        fetch_behind(job=run.job.pk)
        ask_behind(job=run.job.pk)


def call_by_title(job: Job) -> None:
    """The look-up of one book by the book's title, once that is known. A cart's keeps the name of the cart."""
    isbn = job.arguments.get("isbn", "")
    title = Book.objects.filter(isbn=isbn).values_list("title", flat=True).first() if isbn else ""
    if title:
        retitle(job.pk, look_up_title(title), before=title_of(1, isbn))


def find_portions(job_id: UUID) -> Iterator[Portion]:
    """Portions of answers until none of the job's own books waits. Raises RetryLater when the sources are away."""
    own = Book.objects.filter(job=job_id, state=WAITING)
    order = in_order()
    if any(not source.is_local and rate_limit.is_doubtful(source.name) for source in stages(order)[0]):
        yield from local_portions(own, job_id, order)
    while own.exists():
        if books := reserve(job_id):
            yield from ask_in_parts(books, own, job_id)
        elif not wait_for_others(own):
            # Their request is slow: what a source nearby knows waits for it no longer.
            yield from local_portions(own, job_id, order)
            if own.exists():
                raise Snooze("Another job is already looking up these books.", after=1)


def ask_in_parts(books: list[Book], own: QuerySet[Book], job_id: UUID) -> Iterator[Portion]:
    """Ask a stage for all of them; for those that nobody is sure of again in PARTS, down to one.

    An answer may be empty because of one book in the question. Raises RetryLater when the sources are away.
    """
    order = in_order()
    line = stages(order)
    groups = [(books, min(books[0].stage, len(line) - 1))]
    while groups:
        group, stage = groups.pop()
        if group is not books:
            extend_reservation(job_id, group)
        asked, stage = ask_line([book.number for book in group], line, stage)
        if asked.fault is None and group[0].number not in asked.answer and len(group) == 1:
            asked.settle(group[0].number, line[stage])
        yield from portions(group, asked, job_id, order, (stage + 1) % len(line))
        if asked.fault is not None:
            yield from local_portions(own, job_id, order)
            release(job_id)
            raise asked.fault
        unsure = [book for book in group if book.isbn not in asked.answer]
        size = -(-len(unsure) // PARTS)
        groups += [(unsure[start : start + size], stage) for start in range(0, len(unsure), size or 1)][::-1]


def local_portions(own: QuerySet[Book], job_id: UUID, order: Sequence[Source]) -> Iterator[Portion]:
    """Of the job's books those that a source without a network knows: they need not wait for the others."""
    last, some = 0, own.only("isbn", "number", "job").order_by("id")
    while books := list(some.filter(pk__gt=last)[:AT_ONCE]):
        last = books[-1].pk
        asked = ask_sources([book.number for book in books], [source for source in order if source.is_local])
        asked.answer = {isbn: found for isbn, found in asked.answer.items() if found}
        yield from portions(books, asked, job_id, order)


# Whose turn a book is: coordination only, released by time


def unreserved_for(job_id: UUID) -> Q:
    """Books that no other job's request has."""
    return Q(reserved_until=None) | Q(reserved_until__lt=Now()) | Q(reserved_by=job_id)


def reserve(job_id: UUID) -> list[Book]:
    """Up to REQUEST waiting books of one stage that no other request has: the job's own, then others', oldest first.

    The earliest stage, so that what the first source knows waits for no other. Others' come along there alone.
    """
    unreserved = Book.objects.filter(unreserved_for(job_id), state=WAITING).order_by("id")
    locked = unreserved.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with reservation():
        stage, keys = 0, list(locked.filter(job=job_id, stage=0)[:REQUEST])
        # Others' come along where one of our own is asked for, and only there: else a job would never end.
        if keys and len(keys) < REQUEST:
            keys += locked.exclude(job=job_id).filter(stage=0)[: REQUEST - len(keys)]
        if not keys:
            own = unreserved.filter(job=job_id).order_by("stage", "id")
            stage = own.values_list("stage", flat=True).first() or 0
            keys = list(locked.filter(job=job_id, stage=stage)[:REQUEST])
        unreserved.filter(pk__in=keys).update(reserved_by=job_id, reserved_until=Now() + RESERVATION)
    mine = Book.objects.filter(pk__in=keys, reserved_by=job_id, state=WAITING)
    return sorted(mine.order_by("id").only("isbn", "number", "job", "stage"), key=lambda book: book.job_id != job_id)


def extend_reservation(job_id: UUID, books: Sequence[Book]) -> None:
    """Keep them for one more request."""
    with reservation():
        mine = Book.objects.filter(pk__in=[book.pk for book in books], reserved_by=job_id, state=WAITING)
        mine.update(reserved_until=Now() + RESERVATION)


def release(job_id: UUID) -> None:
    """Others may have the books that this job's request had."""
    with reservation():
        Book.objects.filter(reserved_by=job_id, state=WAITING).update(**UNRESERVED)


def wait_for_others(own: QuerySet[Book]) -> bool:
    """Wait up to OTHERS_SECONDS for another job's request. True: none of our books is reserved any more."""
    until = time.monotonic() + OTHERS_SECONDS
    while time.monotonic() < until:
        time.sleep(0.05)
        if not own.filter(reserved_until__gt=Now()).exists():
            return True
    return False


# The end


def outcome(job_id: UUID) -> str:
    """What came of the job's books, in words."""
    by_state = Book.objects.filter(job=job_id).order_by().values("state").annotate(number=Count("pk"))
    counted = dict(by_state.values_list("state", "number"))
    states = (Book.State.FILLED, Book.State.NOT_FOUND, Book.State.FAILED)
    said = [(counted[state], state.label) for state in states if counted.get(state)] or [(0, Book.State.FILLED.label)]
    (first, word), *others = said
    words = [f"{first:,} book{'s' if first != 1 else ''} {word}", *(f"{count:,} {word}" for count, word in others)]
    return f"{', '.join(words)}."


@look_up_books.ended
def end_waiting_books(job: Job) -> None:
    if job.state == State.CANCELLED:
        state, reason = Book.State.CANCELLED, "The look-up was cancelled."
    else:
        state = Book.State.FAILED
        reason = job.error or "The look-up stopped before it reached this book."
    Book.objects.filter(job=job, state=WAITING).update(state=state, reason=reason[:500], **RELEASED)
    Book.objects.filter(reserved_by=job, state=WAITING).update(**UNRESERVED)


@look_up_books.retried
def reopen_books(job: Job) -> None:
    ended = (Book.State.FAILED, Book.State.CANCELLED)
    Book.objects.filter(job=job, state__in=ended).update(state=WAITING, reason="")


# A found book, once more


@job("books.refresh", title="Look up {isbn} again", label="Look up found books again")
def refresh_book(run: Run, isbn: str) -> None:
    for asked in run.until_done(answers_again(run.job.pk, isbn), total=1):
        with run.step(done=1) as tally:
            tally["updated"] += write(run.job.pk, asked.answer.get(isbn), asked.said.get(isbn, []))
    source = Book.with_removed.filter(refresh_job=run.job.pk).values_list("source", flat=True).first()
    is_newer = run.tally["updated"]
    words = f"Up to date with {source}." if is_newer else "No source has more on this book. It stays as it was."
    with run.finish(words):
        fetch_behind(refresh_job=run.job.pk)
        ask_behind(refresh_job=run.job.pk)


def answers_again(job_id: UUID, isbn: str) -> Iterator[Asked]:
    """What the sources say now, once all of them can; nothing where the book waits for no answer any more."""
    book = refreshing(job_id).only("source").first()
    if book is None:
        return
    asked = ask_through(isbn, sources_for(book), book.source)
    if asked.fault is not None:
        raise asked.fault
    yield asked


@refresh_book.ended
def end_refresh(job: Job) -> None:
    refreshing(job.pk).update(refresh_requested=None)


@refresh_book.retried
def reopen_refresh(job: Job) -> None:
    Book.with_removed.filter(refresh_job=job, state=Book.State.FILLED).update(refresh_requested=Now())


# At night: what no source knew is asked for again

A_NIGHT, A_LOOK_UP = 1000, 100  # books that are looked for again in a night, and by one job of it
BY_HAND_A_NIGHT = 100  # of those that somebody entered, a job each
NIGHT = timedelta(hours=20)  # and not a day: each night comes a little earlier or later


def not_found_books() -> QuerySet[Book]:
    """Books that were not found when they were last asked for, longest ago first; none of last night's."""
    before = Now() - NIGHT
    missing: QuerySet[Book] = Book.objects.filter(state=Book.State.NOT_FOUND, not_found_at__lt=before)
    return missing.order_by("not_found_at", "id")


@job("books.look_again", title="Look again for books not found")
def look_again(run: Run) -> str:
    """At most so many a night, in look-ups of their own: the sources have others to answer, too."""
    total = not_found_books()[:A_NIGHT].count() + books_by_hand()[:BY_HAND_A_NIGHT].count()
    for books in run.until_done(not_found_batches(run), total=total):
        with run.step(done=len(books)) as tally:
            if books[0].state == Book.State.FILLED:
                tally["by_hand"] += look_for_the_rest(books)
                continue
            still_missing = not_found_books().select_for_update().filter(pk__in=[book.pk for book in books])
            keys = list(still_missing.values_list("pk", flat=True))
            if keys:
                again = look_up_books.delay(count=len(keys))
                Book.objects.filter(pk__in=keys).update(state=WAITING, reason="", job=again, **UNRESERVED)
            tally["books"] += len(keys)
    count, by_hand = run.tally["books"], run.tally["by_hand"]
    rest = f", and of {by_hand:,} entered by hand" if by_hand else ""
    return f"Started another look-up of {count:,} book{'' if count == 1 else 's'}{rest}."


def not_found_batches(run: Run) -> Iterator[list[Book]]:
    while run.tally["books"] < A_NIGHT and (
        books := list(not_found_books().only("state")[: min(A_LOOK_UP, A_NIGHT - run.tally["books"])])
    ):
        yield books
    while run.tally["by_hand"] < BY_HAND_A_NIGHT and (
        books := list(books_by_hand().only("state", "isbn")[: min(REQUEST, BY_HAND_A_NIGHT - run.tally["by_hand"])])
    ):
        yield books


def books_by_hand() -> QuerySet[Book]:
    """Books that somebody entered because no source knew them, longest ago first."""
    before = Now() - NIGHT
    some = Book.objects.filter(state=Book.State.FILLED, source=BY_HAND, refresh_requested=None)
    books: QuerySet[Book] = some.filter(not_found_at__lt=before, isbn__isnull=False)
    return books.order_by("not_found_at", "id")


def look_for_the_rest(books: Sequence[Book]) -> int:
    """Inside a step: a look-up each, which fills in what nobody has written."""
    still = {book.pk: book for book in books_by_hand().select_for_update().filter(pk__in=[each.pk for each in books])}
    for book in still.values():
        job = refresh_book.delay(isbn=str(book.isbn))
        Book.objects.filter(pk=book.pk).update(refresh_requested=Now(), refresh_job=job, not_found_at=Now())
    return len(still)
