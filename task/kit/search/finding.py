"""Rows found by their words: for a list that sorts them itself, and shows a person what is that person's."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth import get_user_model

from task.kit.search.matching import Index
from task.kit.search.numbers import PART, digits_of, parts_of, spellings, with_part
from task.kit.search.query import Query, Term, parse
from task.kit.search.spelling import mended
from task.kit.search.words import kept

MOST = 2_000  # rows that are found: a search costs the same among a million
LONGEST = 2_000  # letters that are kept of a row
MOST_PEOPLE = 50  # whose rows are found by a word of their names
MOST_NAMES = 5  # phrases that are looked for among people


@dataclass(frozen=True)
class Found:
    """The rows of a search by their keys."""

    keys: tuple[Any, ...] = ()
    more: bool = False  # than these
    terms: tuple[Term, ...] = ()  # for marks
    spelled: str = ""  # the word that was searched for, where another one was typed
    typed: str = ""  # and that one


def find(index: Index, text: str, owner: Any = None, *, by_name: bool = False, forgive: bool = False) -> Found:
    """At most MOST rows for what somebody typed. `owner`: of this person alone, so that nothing tells of others'.

    `by_name`: whose rows they are is searched, too. `forgive`: what is not found is tried in other spellings.
    """
    own = (Term((owner_word(owner.pk),)),) if owner else ()
    query = parse(text.encode(errors="ignore").decode().replace("\0", " "))
    found = _find(index, query, own, by_name)
    digits = digits_of(text).lower()
    if len(digits) >= PART:
        rows, more = replace(index, shown=(*index.shown, "text")).matching(with_part(digits), MOST, own)
        keys = [*found.keys, *(key for key, kept_text in rows if digits in kept_text)]
        return Found(tuple(dict.fromkeys(keys))[:MOST], found.more or more, query.terms)
    if forgive and not found.keys and (other := mended(query, index, own)):
        return replace(_find(index, other[0], own, by_name), spelled=other[1], typed=other[2])
    return found


def _find(index: Index, query: Query, own: tuple[Term, ...], by_name: bool) -> Found:
    if not query:
        return Found()
    queries, more = with_people(query) if by_name else ([query], False)
    keys: dict[Any, None] = {}
    for each in queries:
        rows, cut = index.matching(each, MOST, own)
        keys |= dict.fromkeys(key for (key,) in rows)
        more |= cut
    return Found(tuple(keys)[:MOST], more or len(keys) > MOST, query.terms)


def with_people(query: Query) -> tuple[list[Query], bool]:
    """Each word may be one of a person's, too, whose rows are meant then. No index keeps a name: people go.

    A phrase is either words of a row or a name, which is a question of its own. And whether more people are meant than
    are asked for.
    """
    named = getattr(get_user_model()._default_manager, "named", None)  # another project's may not have it
    if named is None:
        return [query], False
    more = False

    def people(of: Query) -> tuple[str, ...]:
        nonlocal more
        keys, cut = named(of, MOST_PEOPLE)
        more |= cut
        return tuple(map(owner_word, keys))

    terms = tuple(Term((*term.words, *people(Query((term,)))), term.is_start) for term in query.terms)
    names: dict[str, Term] = {}
    for phrase in query.phrases[:MOST_NAMES]:
        if owners := people(Query(tuple(Term((word,)) for word in phrase.split()), (phrase,))):
            names[phrase] = Term(owners)
    queries = [replace(query, terms=terms)]
    if names:
        said = {Term((word,)) for phrase in names for word in phrase.split()}
        others = (term for old, term in zip(query.terms, terms, strict=True) if old not in said)
        phrases = tuple(phrase for phrase in query.phrases if phrase not in names)
        queries.append(Query((*names.values(), *others), phrases))
    return queries, more


def owner_word(key: Any) -> str:
    """Whose a row is, as a word that nobody can type: folding leaves no such sign. No other one begins so."""
    return f"§{key}§"


def words_of(*texts: str, isbn: str = "", owner: Any = None) -> str:
    """What the index keeps of a row: its words, all parts of its ISBN, and (by key) whose it is."""
    numbers = [*map(str.lower, spellings(isbn)), *parts_of(isbn)] if isbn else []
    own = [owner_word(owner)] if owner else []
    return " ".join(filter(None, [kept(" ".join(texts), LONGEST), *numbers, *own]))
