"""The year in a date as sources write it: "Apr 30, 2013", "c1980", "1980年5月", "5763 [2002]"."""

import re

YEAR = re.compile(r"(?<!\d)(?!0000|9999)\d{4}(?!\d)")
IN_BRACKETS = re.compile(r"\[(?:i\.\s?e\.,?\s*)?(?:ca\.?\s*)?(\d{4})\??\]")  # what the cataloguer adds
DAY = re.compile(r"\s*(\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s*")  # 19830615
FIRST, LAST = 1450, 2199  # printed books; years of other calendars are mostly outside


def year_of(text: str) -> str:
    """In ASCII digits; "" without a year. Of several the one in brackets, else the first of printed books."""
    if day := DAY.fullmatch(text):
        return ascii_digits(day[1])
    years = [ascii_digits(year) for year in IN_BRACKETS.findall(text) + YEAR.findall(text)]
    return next((year for year in years if FIRST <= int(year) <= LAST), years[0] if years else "")


def ascii_digits(year: str) -> str:
    return f"{int(year):04}"
