"""What a worker does for names: merge two, take that back, rename one, and forget what can't be taken back any more."""

from task.books.merging import moving, renaming
from task.books.merging.models import KEPT_FOR, MovedLink, NameChange
from task.jobs import Fail, Now, Run, job

GONE = "This change of a name is gone, so there is nothing to do."


def change_of(key: int) -> NameChange:
    change: NameChange | None = NameChange.objects.filter(pk=key).first()
    if change is None:
        raise Fail(GONE)
    return change


def books(count: int) -> str:
    return f"{count:,} book{'' if count == 1 else 's'}"


@job("books.merge_names", title="Merge two names", label="Merge names", starts_within=600)
def merge_names(run: Run, change: int) -> None:
    wanted = change_of(change)
    _, links = moving.tables_of(wanted.target)
    total = moving.of_name(links, wanted.other).count() if run.job.total is None else None
    for piece in run.until_done(moving.pieces(wanted), total=total):
        with run.step(done=len(piece)) as tally:
            if not piece:
                moving.make_alias(wanted)
                continue
            moved, doubles = moving.move(wanted, piece)
            tally["moved"] += moved
            tally["doubles"] += doubles
    moved, doubles = run.tally["moved"], run.tally["doubles"]
    both = f" {books(doubles)} had both." if doubles else ""
    words = f"{books(moved)} moved to “{wanted.now}”.{both}" if moved or doubles else "Merged. It had no books."
    with run.finish(words):
        moving.locked_change(wanted)
        NameChange.objects.filter(pk=change).update(done=Now(), moved=moved, doubles=doubles)


@job("books.undo_merge", title="Undo a merge", starts_within=600)
def undo_merge(run: Run, change: int) -> None:
    wanted = change_of(change)
    moving.check_back(wanted)
    total = wanted.links.count() if run.job.total is None else None
    for piece in run.until_done(moving.pieces_back(wanted), total=total):
        with run.step(done=len(piece)) as tally:
            if not piece:
                moving.end_alias(wanted, run.job.pk)
                continue
            back, left = moving.move_back(wanted, piece, run.job.pk)
            tally["back"] += back
            tally["left"] += left
    back, left = run.tally["back"], run.tally["left"]
    stay = f" {books(left)} {'was changed since, so it stays' if left == 1 else 'were changed since, so they stay'}."
    with run.finish(f"{books(back)} moved back to “{wanted.was}”.{stay if left else ''}"):
        moving.locked_change(wanted, run.job.pk)
        NameChange.objects.filter(pk=change).update(undone=Now())


@job("books.rename", title="Rename a name", starts_within=600)
def rename(run: Run, change: int, undoes: int | None = None) -> None:
    """`undoes` is the new name that this one takes back."""
    wanted = change_of(change)
    undone = change_of(undoes) if undoes else None
    with run.finish(f"Renamed to “{wanted.now}”."):
        if undone:
            moving.locked_change(undone, run.job.pk)
            NameChange.objects.filter(pk=undone.pk).update(undone=Now())
        renaming.rename(wanted)
        NameChange.objects.filter(pk=change).update(done=Now())


@job("books.remove_moved_links", title="Forget what merges moved")
def remove_moved_links(run: Run) -> str:
    """After 30 days a merge can't be taken back."""
    old = NameChange.objects.filter(created__lt=Now() - KEPT_FOR).order_by("-created", "-id")
    last = old.values_list("pk", flat=True).first() or 0
    links = MovedLink.objects.filter(change__lte=last).order_by("change", "book").only("pk")
    for some in run.drain(links, size=500):
        with run.step() as tally:
            tally["removed"] += MovedLink.objects.filter(pk__in=[link.pk for link in some]).delete()[0]
    removed = run.tally["removed"]
    return f"{removed:,} moved link{'' if removed == 1 else 's'} older than {KEPT_FOR.days} days deleted."
