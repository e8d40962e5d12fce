"""Words as they are searched: folded by one function, for what is kept and for what is asked, on every database."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 50  # letters of a word
APOSTROPHES = "'’‘‛ʼʻʽ`´ʹ′"
# Letters that no accent explains, as people type them who have no key for them.
LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "œ": "oe", "æ": "ae", "ð": "d", "đ": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n",
        "ŧ": "t", "ĸ": "k", "ə": "e", "ɨ": "i", "ƀ": "b", "ة": "ه", "ى": "ي", "ٱ": "ا", "ـ": "", "&": " and ",
    }
    | dict.fromkeys(APOSTROPHES, "'")
)  # fmt: skip
KANA_MARKS = "\u3099\u309a"  # they make another letter, and no accent
# Left out of the beginning of a title; none that is a word of another language, as "die" is.
ARTICLES = frozenset(
    "the a an le la les l el los las il gli der das dem ein eine un une uno una het een".split()  # noqa: SIM905
)
# Written without blanks: each letter is a word, and what is searched for are letters that stand together.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
)
INDIC = "\u0900-\u0963\u0966-\u0dff"  # whose vowel signs Python takes for no letters
_LETTER = f"(?:[^\\W_{UNSPACED}]|[{INDIC}])"
PIECES = re.compile(f"[{UNSPACED}]|{_LETTER}+(?:'+{_LETTER}+)*")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")


def fold(text: str) -> str:
    """Without case, accents and letters that few keyboards have; apostrophes are all one. It may be longer."""
    if text.isascii():
        return text.lower().replace("&", " and ").replace("`", "'")
    text = unicodedata.normalize("NFKC", text).translate(LETTERS).casefold()
    bare = (c for c in unicodedata.normalize("NFKD", text) if c in KANA_MARKS or not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(bare)).translate(LETTERS)


def pieces(text: str) -> list[str]:
    """The words of a text in their order; an apostrophe within one still stands there."""
    return PIECES.findall(fold(text))


def split(piece: str) -> list[str]:
    """ "l'etranger": "l" and "etranger"."""
    return [part[:LONGEST] for part in piece.split("'") if part]


def joined(piece: str) -> str:
    """ "o'brien": "obrien"."""
    return piece.replace("'", "")[:LONGEST]


def in_order(text: str) -> list[str]:
    return [word for piece in pieces(text) for word in split(piece)]


def kept(text: str, most: int) -> str:
    """The words of a text for the index, at most `most` letters: in order, then those with an apostrophe whole."""
    found = pieces(text)
    words = [word for piece in found for word in split(piece)]
    words += [joined(piece) for piece in found if "'" in piece]
    whole = " ".join(words)
    return whole if len(whole) <= most else whole[:most].rpartition(" ")[0]


@lru_cache(maxsize=1024)
def beginning(text: str, most: int = 200) -> str:
    """How a title begins, without its article: what titles are looked up by."""
    words = in_order(text)
    rest = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    return " ".join(rest)[:most]
