"""How a title and a year are filed."""

import re
from typing import Any

from django.db import models

from task.books.years import year_of
from task.kit.keys import fold_name

LEADING = re.compile(r"^[\W_]+")
LAST = "\U0010ffff"  # what has no title or no author stands behind all others
ENGLISH = ("the", "a", "an")
# In other languages "die" and "a" begin titles as what they are: only a book in that language loses them.
ARTICLES = {
    "Dutch": ("de", "het", "een"),
    "French": ("le", "la", "les", "l'", "un", "une"),
    "German": ("der", "die", "das", "ein", "eine"),
    "Italian": ("il", "lo", "la", "i", "gli", "le", "l'", "un", "uno", "una"),
    "Portuguese": ("o", "a", "os", "as", "um", "uma"),
    "Spanish": ("el", "la", "los", "las", "un", "una"),
}
SAME = str.maketrans({"’": "'", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def filing_title(book: Any) -> str:
    title = fold_name(book.title).translate(SAME)
    if not title:
        return LAST
    title = LEADING.sub("", title) or title
    for article in ARTICLES.get(book.language, ENGLISH):
        rest = title.removeprefix(article if article.endswith("'") else f"{article} ")
        if rest != title and rest:
            title = LEADING.sub("", rest) or rest
            break
    return title[:200]


def filing_year(book: Any) -> int:
    """0 where no year is known."""
    return int(year_of(book.publish_date) or 0)


class YearField(models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """The year of the book's date, worked out whenever the row is saved."""

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        year = filing_year(model_instance)
        setattr(model_instance, self.attname, year)
        return year
