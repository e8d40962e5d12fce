"""Texts of people in files that a spreadsheet opens."""

import re

# Where a cell may begin, and what a spreadsheet may work out there. It may take the file for one with semicolons or
# tabs between the cells: with semicolons Excel does where a number has a comma.
BEGINS = r"(?:\A|(?<=[;\t\r\n]))"
FORMULA = r'[^\S\t\r\n"]*(?:"[^\S\t\r\n"]*)*[=+\-@＝＋－＠\t\r\n]'
ESCAPED = re.compile(rf"{BEGINS}(?='*{FORMULA})")
UNESCAPED = re.compile(rf"{BEGINS}'(?='*{FORMULA})")


def escape_formula(text: str) -> str:
    """No formula in a spreadsheet that ends cells at commas, semicolons or tabs.

    As OWASP advises, an apostrophe stands before what begins like one: at the start of the text, and after each
    semicolon, tab or line break in it. A comma in it ends no cell, as such a text is written in quotes.
    """
    return ESCAPED.sub("'", text)


def unescape_formula(text: str) -> str:
    """Exactly what it was before `escape_formula`."""
    return UNESCAPED.sub("", text)
