"""The search of the catalogue: any word anywhere, the obvious book first, a typing error forgiven."""

import re

import pytest
from django.db import connection

from task.books.models import Book, BookPerson, Person
from task.books.search import finding, index, search
from task.books.search.matching import matching
from task.kit.search import postgres
from task.kit.search.query import parse
from tests.books.famous import FIRST, put, put_all

pytestmark = pytest.mark.django_db


def titles(text: str) -> list[str]:
    found = search(text)
    books = Book.objects.in_bulk(found.books)
    return [books[pk].title for pk in found.books]


def test_any_word_anywhere():
    made = put("The Parish Register", "George Crabbe", "Clergy; Village life", subtitle="A poem", series="Old poets",
                publishers=["Blackwell"], note="The spine is loose", edition_note="Second edition")  # fmt: skip
    person = Person.objects.create(name="Isaac Ashford", key="p")
    BookPerson.objects.create(book=made, person=person)
    index([made.pk])
    put("Another One", "Somebody Else")
    words = "parish regist crabbe clergy village poem poets blackw ashford loose second GEORGE".split()  # noqa: SIM905
    for text in [*words, "register parish", "crabbe reg", "life clergy", "the parish register", '"village life"']:
        assert titles(text) == ["The Parish Register"], text
    assert titles("parish wolf") == []
    assert titles('"register parish"') == []
    assert titles("ister") == []


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("L’Étranger", ["etranger", "l'etranger", "L'ETRANGER", "letranger", "l etranger", "étrang"]),
        ("Łódź", ["lodz", "Łódź", "łodz"]),
        ("Ørsted", ["orsted", "ørst"]),
        ("Œuvres complètes", ["oeuvres", "œuvres comp", "completes"]),
        ("¿Quién?", ["quien", "¿quién?", "QUIÉN"]),
        ("Straße", ["strasse", "straße", "STRASS"]),
        ("Pride & Prejudice", ["pride and prejudice", "pride & prejudice", "prejudice"]),
        ("O’Brien’s Wake", ["obrien", "o'brien", "brien", "obriens wake"]),
        ("海辺のカフカ", ["カフカ", "海辺", "海辺のカフカ"]),
        ("موسم الهجرة إلى الشمال", ["الهجره", "موسم", "الى الشمال"]),
        ("हिन्दी की किताब", ["हिन्दी", "किताब"]),
        ("Война и мир", ["война", "ВОЙНА", "мир"]),
        ("한국의 역사", ["한국", "역사"]),
        ("ประวัติศาสตร์ไทย", ["ไทย", "ประวัติ"]),
        ("The Sea", ["the sea", "sea", "a sea"]),
        ("Sea", ["the sea", "sea"]),
        ("Moby-Dick; or, The Whale", ["moby dick", "moby-dick", "whale"]),
        ("Bel-Ami", ["bel ami", "bel-ami"]),
        ("Don Quijote", ["don quijote", "quij"]),
    ],
)
def test_it_is_blind_to_case_accents_apostrophes_articles_and_marks(title, asked):
    put(title)
    put("Something else entirely")
    for text in asked:
        assert titles(text) == [title], text


def test_the_obvious_book_stands_first():
    put_all()
    wrong = {text: titles(text)[:3] for text, title in FIRST.items() if titles(text)[:1] != [title]}
    assert not wrong
    assert len(FIRST) > 40
    assert titles("sea") == [
        "The Sea", "The Sea-Wolf", "The Sea, the Sea", "The Sea Around Us", "Sea of Tranquility",
        "The Seafarers of Saltmarsh Lane", "Wide Sargasso Sea", "The Old Man and the Sea",
        "Twenty Thousand Leagues Under the Sea", "Moby-Dick; or, The Whale",
    ]  # fmt: skip


def test_the_obvious_book_stands_first_where_more_match_than_are_ranked(monkeypatch):
    monkeypatch.setattr(finding, "MOST", 5)
    put_all()
    for number in range(20):
        put(f"Volume {number} of the sea, dune, it and what King and Kafka have to do with 1984", "Various")
    for text in ("sea", "dune", "it", "1984", "stephen king", "king l"):
        assert titles(text)[:1] == [FIRST.get(text, {"stephen king": "It", "king l": "King Lear"}.get(text))], text
    found = search("sea")
    assert (len(found.books), found.more) == (5, True)
    assert not search("hobbit").more


@pytest.mark.parametrize("common", [1, 3, 100])
def test_what_is_searched_for_is_found_whether_it_is_common_or_rare(monkeypatch, common):
    """PostgreSQL reads what is common among the newest along the keys, and all else by the words' index."""
    monkeypatch.setattr(postgres, "SAMPLE", 4)
    monkeypatch.setattr(postgres, "COMMON", common)
    monkeypatch.setattr(postgres, "WALKED", 6)
    old = put("A sea of rare words")
    seas = [put(f"Volume {number} of the sea") for number in range(12)]
    for text in ("sea", "sea of", '"the sea"', "s"):
        query = parse(text)
        rows, more = matching(query, 5)
        books = [row.book for row in rows]
        assert (len(books), more) == (5, True), text
        assert books == sorted(books, reverse=True), text
        if common < 100:  # else those that are stored first
            assert books == [book.pk for book in seas[:-6:-1]], text
        rows, more = matching(query, 20)
        assert (len(rows), more) == (12 if '"' in text else 13, False), text
    assert titles("rare") == titles('"rare words"') == [old.title]
    assert titles('"words sea"') == titles("volume rare") == []


def test_of_a_phrase_in_more_books_than_are_looked_into_there_are_more(monkeypatch):
    monkeypatch.setattr(postgres, "READ", 5)
    for number in range(10):
        put(f"Sea {number} of the old" if number else "The old sea")
    rows, more = matching(parse('"old sea"'), 20)
    assert (len(rows), more) == (1, connection.vendor == "postgresql")


def test_a_title_of_signs_alone_is_found_by_what_else_it_has():
    made = put("???", "Nobody", subtitle="A riddle")
    assert search("riddle").books == search("nobody").books == search("???").books == [made.pk]


def test_a_typing_error_is_forgiven_where_nothing_is_found():
    put_all()
    for text, spelled in [("umbrela", "umbrella"), ("unbrella", "umbrella"), ("ubmrella", "umbrella"),
                          ("hobbitt", "hobbit"), ("tolkein hobbit", "tolkien"), ("shakespear", None),
                          ("вайна", "война"), ("whalig", "whaling")]:  # fmt: skip
        found = search(text)
        assert (found.spelled, bool(found.books)) == (spelled, True), text
    assert search("umbrela").typed == "umbrela"
    assert search("umbrela", forgive=False).books == []
    assert search("xqzwvk").books == []
    assert search("978044").spelled is None


def test_isbns_in_either_length_and_parts_of_them_lead_to_the_book():
    one = put("The Hobbit", isbn="9780261102217")
    other = put("Vier", isbn="9783446193130")
    local = put("Without", isbn=None, number="L000124")
    for text in ["9780261102217", "978-0-261-10221-7", "0261102214", "0-261-10221-4", "97802611", "0261102", "102217",
                 "10221", "02214", "261 10221"]:  # fmt: skip
        assert one.pk in search(text).books, text
        assert other.pk not in search(text).books, text
    assert search("l124").books == [local.pk]
    assert search("978").books == [one.pk, other.pk]


ODD = [
    "", " ", "(", '"', '""', "AND", 'AND "( *', "NOT sea", "sea OR", "a" * 10_000, "ab " * 5_000, "*", "sea*", "-", "'",
    "'" * 500, "\0", "sea\0", "%", "_", "\\", "col:sea", "^sea", "NEAR(a b)", "{title}: sea", "sea'--", ":*", "a&b|c",
    "!sea", "<->", "\ud800", "\u202e", "🐋", "é" * 300, "1" * 10_000, "-" * 300, "0" * 12, '"a" "b', "\n\t",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_signs_and_operators_are_harmless(text):
    put("The Sea")
    found = search(text)
    assert len(found.books) <= 1


def test_a_page_shows_where_each_book_was_found(member):
    put("The Sea & <b>me</b>", "Zoë Seaman")
    put("Łódź", "Ørsted; B; C; D Seaside")
    put("Moby-Dick", "Herman Melville", "Whales; Sea stories")
    put("Quiet", "Nobody", note="x" * 200 + " by the sea " + "y" * 200)
    put("Loud", "Nobody", "Land")
    page = member.get("/books/?q=sea&look=covers").content.decode()
    assert "The <mark>Sea</mark> &amp; &lt;b&gt;me&lt;/b&gt;" in page
    assert "Zoë <mark>Sea</mark>man" in page
    assert "Author: D <mark>Sea</mark>side" in page
    assert "Subject: <mark>Sea</mark> stories" in page
    assert re.search(r"Note: …x+ by the <mark>sea</mark> y+…<", page)
    assert "Loud" not in page
    assert page.count('class="caption-why"') == 3
    table = member.get("/books/?q=orsted lodz&look=table").content.decode()
    assert "<mark>Łódź</mark>" in table
    assert "<mark>Ørsted</mark>" in table


def test_what_was_forgiven_is_said_with_a_way_back(member):
    put("Die Blechtrommel", "Günter Grass")
    page = member.get("/books/?q=günther").content.decode()
    assert (
        'No books match “<span dir="auto">gunther</span>”. Showing books that match <b dir="auto">günter</b>.' in page
    )
    exact = member.get("/books/?q=günther&exact=1")
    assert not exact.context["rows"]
    assert "günter" not in exact.content.decode()


def test_pages_follow_each_other_in_the_order_of_the_best(member):
    made = [put(f"{'x ' * number} sea") for number in range(1, 61)]
    seen, address = [], "/books/?q=sea"
    for _ in range(3):
        answer = member.get(address)
        seen += [book.pk for book in answer.context["rows"]]
        address = f"/books/{answer.context['page'].next_url}"
    assert seen == [book.pk for book in made]
    assert address == "/books/"
    last = member.get("/books/?q=sea&last=1").context
    assert [book.pk for book in last["rows"]] == seen[50:]
    before = member.get(f"/books/{last['page'].previous_url}").context
    assert [book.pk for book in before["rows"]] == seen[25:50]
    assert member.get("/books/?q=sea&after=rubbish").context["rows"][0].pk == seen[0]
