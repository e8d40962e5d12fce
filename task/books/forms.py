"""The scan form: one text area or one file; what is good goes on, what is not is told line by line."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from task.books.isbn import LIMIT, LONGEST, MOST_PROBLEMS, Parsed, Problem, parse
from task.books.models import Book
from task.books.uploads import UploadFault, read_file

TEXT_LENGTH = 500_000
MOST_NOTES = 100  # sentences on one page


@dataclass(frozen=True)
class Note:
    """A sentence about one line. `kind`: bad, repeat, limit, here."""

    kind: str
    sentence: str
    isbn: str = ""  # of a book that has a page
    position: tuple[bool, int] = (False, 0)  # in the file, and its line there


class ScanForm(forms.Form):
    isbns = forms.CharField(
        label="ISBNs",
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        error_messages={"max_length": f"This text is too long. Send at most {LIMIT:,} ISBNs at once."},
    )
    file = forms.FileField(
        label="File of ISBNs",
        required=False,
        max_length=255,
        error_messages={"empty": "The file is empty. Choose a file with one ISBN per line."},
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.csv,.tsv,text/plain,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A NUL is one sign more that stands in no ISBN: `parse` leaves it out.
        box = self.fields["isbns"]
        box.validators = [v for v in box.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.new: list[str] = []  # to be looked up
        self.here: list[Book] = []  # there already
        self.notes: list[Note] = []
        self.remaining = ""  # what needs fixing, for the box
        self.more = 0  # about how many others are neither told nor kept
        self.stopped: list[str] = []  # where reading ended early
        self.is_single = False  # one number was typed, and no list

    def clean_isbns(self) -> Parsed:
        return parse(self.cleaned_data["isbns"])

    def clean_file(self) -> Parsed | None:
        file = self.cleaned_data["file"]
        if not file:
            return None
        try:
            parsed = read_file(file)
        except UploadFault as fault:
            raise ValidationError(str(fault)) from None
        if not parsed.good and not parsed.problems:
            raise ValidationError(f"{file.name} has no ISBNs. Put one on each line and send it again.")
        return parsed

    def clean(self) -> dict[str, Any]:
        text: Parsed = self.cleaned_data.get("isbns") or Parsed()
        file: Parsed = self.cleaned_data.get("file") or Parsed()
        name = getattr(self.files.get("file"), "name", "")
        positions = {isbn: (True, line) for isbn, line in file.lines.items()}
        positions |= {isbn: (False, line) for isbn, line in text.lines.items()}
        good = list(dict.fromkeys([*text.good, *file.good]))
        problems = [((False, problem.line), problem) for problem in text.problems]
        problems += [((True, problem.line), of_file(problem, name)) for problem in file.problems]
        for isbn in good[LIMIT:]:
            where = line_in_words(positions[isbn], name)
            sentence = f"{where}: {isbn} is over the limit of {LIMIT:,} ISBNs at once. Send it next."
            problems.append((positions[isbn], Problem(0, "limit", isbn, sentence)))
        self._sort(good[:LIMIT], positions)
        self.notes += [Note(problem.kind, problem.sentence, position=position) for position, problem in problems]
        self.notes.sort(key=lambda note: note.position)
        problems.sort(key=lambda found: found[0])
        kept = [problem.text for _, problem in problems if problem.kind != "repeat"]
        self.remaining = "\n".join([*kept, text.rest] if text.rest else kept)
        self.more = text.more + file.more
        self.stopped = stopped(text, "The rest is still in the box.", "Line ")
        self.stopped += stopped(file, "Send the rest as a separate file.", f"{name}, line ")
        self.is_single = len(good) + len(problems) == 1 and not name and "\n" not in self._typed().rstrip()
        if self.is_single:
            self.notes = [replace(note, sentence=note.sentence.removeprefix("Line 1: ")) for note in self.notes]
        if not good and not self.errors:
            field = "isbns" if text.problems or not file.problems else "file"
            self.add_error(field, [note.sentence for note in self.notes[:MOST_NOTES]] or [NOTHING])
        return {"isbns": self.new}

    def _typed(self) -> str:
        return str(self.data.get(self.add_prefix("isbns")) or "")

    def _sort(self, good: list[str], positions: dict[str, tuple[bool, int]]) -> None:
        """Tell what is new from what is in the catalogue."""
        shown = Book.objects.filter(isbn__in=good).only("isbn", "number", "title", "state")
        here = {book.number: book for book in shown}
        self.here = [here[isbn] for isbn in good if isbn in here]
        self.new = [isbn for isbn in good if isbn not in here]
        name = getattr(self.files.get("file"), "name", "")
        for book in self.here:
            position = positions[book.number]
            self.notes.append(
                Note("here", f"{line_in_words(position, name)}: {in_the_catalogue(book)}", book.number, position)
            )

    def feedback(self) -> dict[str, Any]:
        """What the next page tells, small enough for a session."""
        worst = sorted(self.notes, key=lambda note: note.kind in ("here", "repeat"))[:MOST_NOTES]
        return {
            "text": self.remaining,
            "bad": bool(self.remaining),
            "heading": self._heading(),
            "went_on": bool(self.remaining and (self.new or self.here)),
            "notes": [asdict(note) for note in sorted(worst, key=lambda note: note.position)],
            "more": max(0, len(self.notes) - MOST_NOTES) + self.more,
            "stopped": self.stopped,
        }

    def _heading(self) -> str:
        if self.non_field_errors():
            return "Nothing was saved"
        if self.remaining or self.errors:
            lines = len({note.position for note in self.notes if note.kind in ("bad", "limit")}) + self.more
            fixing = f"{lines:,} line{' needs' if lines == 1 else 's need'} fixing"
            return "This ISBN needs fixing" if self.is_single else fixing if lines else "Nothing was added"
        kinds = {note.kind for note in self.notes}
        if kinds == {"here"}:
            count = len(self.here)
            return (
                "Already in the catalogue" if self.new or count == 1 else f"All {count:,} are in the catalogue already"
            )
        return "Listed twice" if kinds == {"repeat"} else "In the catalogue already, or listed twice"


NOTHING = "Scan, type or paste at least one ISBN, or choose a file."


def line_in_words(position: tuple[bool, int], name: str) -> str:
    in_file, line = position
    return f"{name}, line {line}" if in_file else f"Line {line}"


def of_file(problem: Problem, name: str) -> Problem:
    sentence = problem.sentence.replace("Line ", f"{name}, line ", 1)
    return Problem(problem.line, problem.kind, problem.text[:LONGEST], sentence)  # whole it stands in the file


def stopped(parsed: Parsed, and_now: str, where: str) -> list[str]:
    if not parsed.stopped_at:
        return []
    why = f"{MOST_PROBLEMS:,} lines before it need fixing or are over the limit"
    return [f"{where}{parsed.stopped_at}: reading stopped here, because {why}. {and_now}"]


def in_the_catalogue(book: Book) -> str:
    """ "1984, 9780451524935." """
    words = {
        Book.State.WAITING: "we are still looking it up",
        Book.State.NOT_FOUND: "not found. You can try again on its page",
        Book.State.FAILED: "the look-up failed. You can try again on its page",
        Book.State.CANCELLED: "the look-up was cancelled. You can try again on its page",
    }
    state = Book.State(book.state)
    if state in words:
        return f"{book.number}: {words[state]}."
    return f"{book.title[:100]}, {book.number}." if book.title else f"{book.number}."
