"""A scanner types keys. Where the computer expects another keyboard, the digits come out as other signs."""

# What the keys 1 2 3 4 5 6 7 8 9 0 type.
ROWS = {
    "a French keyboard layout": ("&é\"'(-è_çà", "&É\"'(-È_ÇÀ"),
    "a Belgian keyboard layout": ("&é\"'(§è!çà",),
    "a Czech keyboard layout": ("+ěščřžýáíé", "+ĚŠČŘŽÝÁÍÉ"),
    "a Slovak keyboard layout": ("+ľščťžýáíé", "+ĽŠČŤŽÝÁÍÉ"),
    "a German keyboard layout with Shift": ('!"§$%&/()=',),
    "an English keyboard layout with Shift": ("!@#$%^&*()", '!"£$%^&*()', '!"€$%^&*()'),
    "a Spanish keyboard layout with Shift": ('!"·$%&/()=', '!"#$%&/()='),
    "an Italian keyboard layout with Shift": ('!"£$%&/()=',),
    "a Nordic keyboard layout with Shift": ('!"#¤%&/()=', '!"#€%&/()='),
    "a Swiss keyboard layout with Shift": ('+"*ç%&/()=',),
    "a Turkish keyboard layout with Shift": ("!'^+%&/()=",),
    "a Russian keyboard layout with Shift": ('!"№;%:?*()',),
}
LAYOUTS = [
    (name, str.maketrans(row, "1234567890"), frozenset(row) | frozenset("xX"))
    for name, rows in ROWS.items()
    for row in rows
]
LENGTHS = (10, 13, 18)  # 18: with the price code of five digits
SIGNS = frozenset().union(*(signs for _, _, signs in LAYOUTS))


def digits_of(text: str) -> list[tuple[str, str]]:
    """(layout, digits) that the keys of `text` would have typed; nothing where it is no row of such keys."""
    if len(text) not in LENGTHS or not SIGNS.issuperset(text):
        return []
    return [(name, text.translate(keys).upper()) for name, keys, signs in LAYOUTS if signs.issuperset(text)]
