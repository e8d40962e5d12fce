"""Asking the sources in their order, and what each has said of a book.

A stage is one source with a network, and the local ones that follow it. A look-up asks the first stage for all of its
books before it asks the second for those that the first did not have: nobody's found book waits for a slow catalogue.
A source that is away is passed over as long as another one answers; those that asked us to wait for a moment are
waited for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.text import get_text_list

from task.books.models import SourceAnswer
from task.books.models.sources import packed
from task.books.sources import Answer, Blank, Edition, Source, Unreadable
from task.books.sources.asking import asked_to_wait
from task.jobs import RetryLater, Snooze
from task.jobs.services import rate_limit

Result = SourceAnswer.Result
A_MOMENT = 60.0  # seconds that a source may ask us to wait, before the others are asked in its place


@dataclass(frozen=True)
class Said:
    """What one source said of one book."""

    source: str
    result: str
    asked_at: datetime
    answered_at: datetime
    reason: str = ""
    raw: bytes | None = None


@dataclass
class Asked:
    """What sources said of some ISBNs: the best of each in `answer`, all of it in `said`.

    An ISBN is absent from `answer` when one of them is not sure, or could not say. `fault`: why one can't be asked.
    """

    answer: Answer = field(default_factory=dict)
    fault: RetryLater | None = None
    said: dict[str, list[Said]] = field(default_factory=dict)
    away: Source | None = None  # whose fault it is
    passed_over: dict[str, RetryLater] = field(default_factory=dict)  # by name: local ones that can't be read

    def settle(self, isbn: str, sources: Iterable[Source] = ()) -> None:
        """No smaller question is left to ask: those of `sources` that were not sure of it do not have it, for now."""
        self.answer.setdefault(isbn, None)
        said = self.said.setdefault(isbn, [])
        names, now = {each.source for each in said}, timezone.now()
        said += [Said(source.name, Result.NONE, now, now) for source in sources if source.name not in names]


def stages(sources: Iterable[Source]) -> list[list[Source]]:
    line: list[list[Source]] = [[]]
    for source in sources:
        if not source.is_local and any(not other.is_local for other in line[-1]):
            line.append([])
        line[-1].append(source)
    return line


def ask_sources(isbns: Sequence[str], sources: Sequence[Source]) -> Asked:
    """Each is asked for what those before it did not know. A local one that can't be read is passed over for others."""
    asked = Asked()
    answer: Answer = {}
    unsure: set[str] = set()
    missing = list(isbns)
    is_alone = all(source.is_local for source in sources)
    for source in sources:
        before = timezone.now()
        try:
            known = source.look_up(missing)
        except RetryLater as fault:
            if source.is_local and not is_alone:
                asked.passed_over[source.name] = fault
                for isbn in missing:
                    asked.said.setdefault(isbn, []).append(said_away(source, fault))
                continue
            asked.fault, asked.away = asked.fault or fault, asked.away or source
            unsure.update(missing)
            continue
        after = timezone.now()
        unsure.update(isbn for isbn in missing if isbn not in known)
        for isbn, found in known.items():
            asked.said.setdefault(isbn, []).append(said_by(source, found, before, after))
            if found or not answer.get(isbn):  # a record that can't be read stands until a later one is better
                answer[isbn] = found
        missing = [isbn for isbn in missing if not isinstance(answer.get(isbn), Edition)]
        if not missing:
            break
    asked.answer = {isbn: found for isbn, found in answer.items() if found or isbn not in unsure}
    return asked


def said_by(source: Source, found: Edition | Unreadable | None, before: datetime, after: datetime) -> Said:
    if isinstance(found, Edition):
        return Said(source.name, Result.FOUND, before, after, raw=packed(found.raw) if source.keeps_raw else None)
    if found is None:
        return Said(source.name, Result.NONE, before, after)
    result = Result.BLANK if isinstance(found, Blank) else Result.UNREADABLE
    return Said(source.name, result, before, after, found.reason)


def ask_line(isbns: Sequence[str], line: Sequence[Sequence[Source]], stage: int) -> tuple[Asked, int]:
    """Ask a stage, or the first behind it that can be asked; and which that was.

    With a fault where it is to be waited for: all of them are away, or one wants a moment.
    """
    asked, first, last = ask_sources(isbns, line[stage]), stage, len(line) - 1
    of_first = asked.fault
    while asked.fault and asked.away and not wants_a_moment(asked.away, asked.fault):
        missing = [isbn for isbn in isbns if not isinstance(asked.answer.get(isbn), Edition)]
        if stage == last and first == 0:  # nobody could be asked, and that is no answer
            asked.fault = of_first
            return asked, stage
        away = said_away(asked.away, asked.fault)
        for isbn in missing:
            asked.said.setdefault(isbn, []).append(away)
        asked.fault, asked.away = None, None
        if stage == last:
            for isbn in missing:
                asked.settle(isbn)
            return asked, stage
        stage += 1
        further = ask_sources(missing, line[stage])
        found = {isbn: each for isbn, each in asked.answer.items() if each}
        asked.answer = {**found, **further.answer}
        asked.fault, asked.away = further.fault, further.away
        for isbn, said in further.said.items():
            asked.said.setdefault(isbn, []).extend(said)
    return asked, stage


def ask_through(isbn: str, sources: Sequence[Source], own: str) -> Asked:
    """Stage after stage about one book, until one has it.

    With a fault where one wants a moment, or where a record may be hidden: nobody has it, and its own source is away,
    or all are.
    """
    whole, line = Asked(), stages(sources)
    faults: dict[str, RetryLater] = {}  # by the name of the source
    passed_over: dict[str, RetryLater] = {}
    for stage in line:
        asked = ask_sources([isbn], stage)
        if asked.fault and asked.away:
            if wants_a_moment(asked.away, asked.fault):
                return asked
            faults[asked.away.name] = asked.fault
            asked.said.setdefault(isbn, []).append(said_away(asked.away, asked.fault))
        passed_over |= asked.passed_over
        whole.said.setdefault(isbn, []).extend(asked.said.get(isbn, []))
        whole.answer = {**whole.answer, **asked.answer}
        if isinstance(whole.answer.get(isbn), Edition) and not asked.fault:
            return whole
    if own in faults or own in passed_over or len(faults) == len(line):
        whole.fault = faults.get(own) or passed_over.get(own) or next(iter(faults.values()))
    return whole


def said_away(source: Source, fault: RetryLater) -> Said:
    now = timezone.now()
    return Said(source.name, Result.AWAY, now, now, str(fault)[:300])


def wants_a_moment(source: Source, fault: RetryLater) -> bool:
    """Others are at it, and its turn comes; or it has asked us to wait, and not for long."""
    if not isinstance(fault, Snooze):
        return False
    is_short = (fault.after or 0) <= A_MOMENT
    return not rate_limit.is_doubtful(source.name) or (is_short and str(fault) == asked_to_wait(source.name))


def who_was_asked(said: Iterable[tuple[str, str]], sources: Iterable[Source]) -> str:
    """Of (source, result): who does not have a book, in the order of the sources, and who did not say."""
    results = dict(said)
    names = [source.name for source in sources if source.name in results]
    without = [name for name in names if results[name] != Result.AWAY]
    away = [name for name in names if results[name] == Result.AWAY]
    words_of_all = []
    if without:
        words = get_text_list(without, "and")
        words_of_all.append(f"{words} {'does' if len(without) == 1 else 'do'} not have this book.")
    if away:
        words_of_all.append(f"{get_text_list(away, 'and')} did not answer.")
    return " ".join(f"{words[:1].upper()}{words[1:]}" for words in words_of_all) or "No source could be asked."
