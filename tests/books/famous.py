"""Books that people look for, what they type, and which of them must stand first."""

from typing import Any

from task.books.models import Author, Book, BookAuthor, BookSubject, Subject
from task.books.search import index
from tests.books.conftest import isbns

NUMBERS = iter(isbns(5000, start=400_000))

BOOKS = [
    ("The Parish Register", "George Crabbe", "Clergy; Poetry"),
    ("The Sea", "John Banville", "Fiction"),
    ("The Sea, the Sea", "Iris Murdoch", "Fiction; Sea stories"),
    ("The Sea Around Us", "Rachel Carson", "Ocean; Natural history"),
    ("The Sea-Wolf", "Jack London", "Sea stories"),
    ("Sea of Tranquility", "Emily St. John Mandel", "Time travel"),
    ("Wide Sargasso Sea", "Jean Rhys", "Fiction"),
    ("The Old Man and the Sea", "Ernest Hemingway", "Fishers; Sea stories"),
    ("Twenty Thousand Leagues Under the Sea", "Jules Verne", "Sea stories; Science fiction"),
    ("Moby-Dick; or, The Whale", "Herman Melville", "Whaling; Sea stories"),
    ("The Seafarers of Saltmarsh Lane", "Eleanor Wyatt-Ferguson", "Fiction"),
    ("It", "Stephen King", "Horror"),
    ("It Can't Happen Here", "Sinclair Lewis", "Fiction"),
    ("On Writing", "Stephen King", "Authorship"),
    ("The Shining", "Stephen King", "Horror; Hotels"),
    ("King Lear", "William Shakespeare", "Tragedies; Kings and rulers"),
    ("Hamlet", "William Shakespeare", "Tragedies"),
    ("1984", "George Orwell", "Dystopias"),
    ("Animal Farm", "George Orwell", "Satire"),
    ("Orwell: The Life", "D. J. Taylor", "Biography"),
    ("Down and Out in Paris and London", "George Orwell", "Poverty"),
    ("Pride & Prejudice", "Jane Austen", "Courtship"),
    ("Pride and Prejudice and Zombies", "Seth Grahame-Smith; Jane Austen", "Horror"),
    ("Emma", "Jane Austen", "Courtship"),
    ("Jane Austen: A Life", "Claire Tomalin", "Biography"),
    ("L’Étranger", "Albert Camus", "Algeria; Fiction"),
    ("La Peste", "Albert Camus", "Plague"),
    ("Œuvres complètes", "Arthur Rimbaud", "Poésie"),
    ("Łódź: Miasto przemysłu", "Józef Wójcik", "Historia"),
    ("¿Quién mató a Palomino Molero?", "Mario Vargas Llosa", "Novela"),
    ("Die Verwandlung", "Franz Kafka", "Erzählungen"),
    ("Der Prozess", "Franz Kafka", "Romane"),
    ("海辺のカフカ", "村上春樹", "小説"),
    ("Kafka on the Shore", "Haruki Murakami", "Fiction"),
    ("موسم الهجرة إلى الشمال", "الطيب صالح", "رواية"),
    ("Война и мир", "Лев Толстой", "Роман"),
    ("Dune", "Frank Herbert", "Science fiction"),
    ("Dune Messiah", "Frank Herbert", "Science fiction"),
    ("The Road to Dune", "Frank Herbert; Brian Herbert", "Science fiction"),
    ("The Lord of the Rings", "J. R. R. Tolkien", "Fantasy"),
    ("The Hobbit", "J. R. R. Tolkien", "Fantasy"),
    ("Tolkien: A Biography", "Humphrey Carpenter", "Biography"),
    ("The Very Hungry Caterpillar", "Eric Carle", "Picture books"),
    ("Clean Code", "Robert C. Martin", "Computer programming"),
    ("The C Programming Language", "Brian W. Kernighan; Dennis M. Ritchie", "C (Computer program language)"),
    ("Programming Pearls", "Jon Bentley", "Computer programming"),
    ("A Brief History of Time", "Stephen Hawking", "Cosmology"),
    ("A Short History of Nearly Everything", "Bill Bryson", "Science"),
    ("Sapiens: A Brief History of Humankind", "Yuval Noah Harari", "Civilization"),
    ("To Kill a Mockingbird", "Harper Lee", "Race relations"),
    ("The Umbrella Academy", "Gerard Way; Gabriel Bá", "Comics"),
    ("Beloved", "Toni Morrison", "Slavery"),
    ("A Room of One’s Own", "Virginia Woolf", "Women authors"),
    ("Who’s Afraid of Virginia Woolf?", "Edward Albee", "Drama"),
    ("O Alquimista", "Paulo Coelho", "Ficção"),
    ("One Hundred Years of Solitude", "Gabriel García Márquez", "Magic realism"),
    ("Cien años de soledad", "Gabriel García Márquez", "Novela"),
]

FIRST = {
    "sea": "The Sea",
    "the sea": "The Sea",
    "the sea the sea": "The Sea, the Sea",
    "murdoch sea": "The Sea, the Sea",
    "sea wolf": "The Sea-Wolf",
    "old man sea": "The Old Man and the Sea",
    "sea old man the": "The Old Man and the Sea",
    "twenty thousand leag": "Twenty Thousand Leagues Under the Sea",
    "parish": "The Parish Register",
    "register crabbe": "The Parish Register",
    "moby dick": "Moby-Dick; or, The Whale",
    "melville whale": "Moby-Dick; or, The Whale",
    "whaling": "Moby-Dick; or, The Whale",
    "it": "It",
    "stephen king it": "It",
    "king lear": "King Lear",
    "shakespeare haml": "Hamlet",
    "1984": "1984",
    "orwell 1984": "1984",
    "orwell farm": "Animal Farm",
    "pride and prejudice": "Pride & Prejudice",
    "austen emma": "Emma",
    "letranger": "L’Étranger",
    "l'étranger": "L’Étranger",
    "etranger camus": "L’Étranger",
    "oeuvres completes": "Œuvres complètes",
    "lodz": "Łódź: Miasto przemysłu",
    "quien mato": "¿Quién mató a Palomino Molero?",
    "kafka prozess": "Der Prozess",
    "カフカ": "海辺のカフカ",
    "война и мир": "Война и мир",
    "dune": "Dune",
    "herbert dune mess": "Dune Messiah",
    "lord rings": "The Lord of the Rings",
    "tolkien hobbit": "The Hobbit",
    "hungry caterp": "The Very Hungry Caterpillar",
    "brief history": "A Brief History of Time",
    "kernighan": "The C Programming Language",
    '"room of one"': "A Room of One’s Own",
    "ones own": "A Room of One’s Own",
    "umbrela academy": "The Umbrella Academy",
    "marquez soledad": "Cien años de soledad",
    "mockingbrid": "To Kill a Mockingbird",
}


def put(title: str, authors: str = "", subjects: str = "", **more: Any) -> Book:
    """A found book in the catalogue, and in its index. Of several names a ";" stands between two."""
    book: Book = Book.objects.create(**{"isbn": next(NUMBERS), "title": title, "state": "filled", **more})
    for place, name in enumerate(filter(None, authors.split("; "))):
        author, _ = Author.objects.get_or_create(key=f"name:{name}", defaults={"name": name})
        BookAuthor.objects.create(book=book, author=author, position=place)
    for name in filter(None, subjects.split("; ")):
        subject, _ = Subject.objects.get_or_create(key=f"name:{name}", defaults={"name": name})
        BookSubject.objects.create(book=book, subject=subject)
    index([book.pk])
    return book


def put_all() -> None:
    for title, authors, subjects in BOOKS:
        put(title, authors, subjects)
