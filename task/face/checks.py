"""What is wrong with a menu, a panel or a first step is said at the start, not on a page."""

from collections import Counter
from string import ascii_lowercase
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from task.face import menu, palette, panels, steps

NO_PAGE = ", and no page without arguments has that name."


@register()
def check_menu(**_: Any) -> list[CheckMessage]:
    entries = menu.declared()
    places = f"One of {menu.PLACES}."
    return [
        *(
            Error(f"The menu entry “{entry.key}” has the place “{entry.place}”.", places, id="face.E001")
            for entry in entries
            if entry.place not in menu.PLACES
        ),
        *(
            Error(f"The counts of the menu entry “{entry.key}” can't be imported: {fault}", id="face.E006")
            for entry in entries
            if entry.counts and (fault := _fault_of(entry.counts))
        ),
        *(
            Error(f"The letter of the menu entry “{entry.key}” is “{entry.letter}”.", "One of a to z.", id="face.E009")
            for entry in entries
            if entry.letter and entry.letter not in [*ascii_lowercase]
        ),
        *(
            Error(f"The menu entry “{entry.key}” leads to “{name}”{NO_PAGE}", id="face.E014")
            for entry in entries
            if entry is not menu.ADMINISTRATION  # a desk may do without
            for name in (entry.url_name, *entry.also)
            if not menu.address(name)
        ),
        *_doubles("menu entries", [entry.key for entry in entries], "face.E002"),
        *_doubles("menu entries", ["h", *(entry.letter for entry in entries if entry.letter)], "face.E010", "letter"),
    ]


@register()
def check_panels(**_: Any) -> list[CheckMessage]:
    found = list(panels.declared())
    problems: list[CheckMessage] = []
    for panel in found:
        if panel.on == "home" and panel.place not in panels.HOME_PLACES:
            hint = f"One of {panels.HOME_PLACES}."
            problems.append(Error(f"The panel “{panel.key}” has the place “{panel.place}”.", hint, id="face.E003"))
        if fault := _fault_of(panel.function):
            problems.append(Error(f"The panel “{panel.key}” can't be imported: {fault}", id="face.E004"))
    return [*problems, *_doubles("panels", [panel.key for panel in found], "face.E005")]


@register()
def check_steps(**_: Any) -> list[CheckMessage]:
    found = steps.steps()
    problems: list[CheckMessage] = [
        Error(f"The first step “{step.key}” can't be imported: {fault}", id="face.E007")
        for step in found
        if (fault := _fault_of(step.function))
    ]
    return [*problems, *_doubles("first steps", [step.key for step in found], "face.E008")]


@register()
def check_palette(**_: Any) -> list[CheckMessage]:
    found = palette.declared()
    problems: list[CheckMessage] = []
    for each in found:
        if isinstance(each, palette.PaletteEntry) and each.group not in palette.GROUPS:
            hint = f"One of {palette.GROUPS}."
            problems.append(Error(f"“{each.key}” of the palette has the group “{each.group}”.", hint, id="face.E011"))
        name = each.url_name if isinstance(each, palette.PaletteEntry) else each.page
        if name and not menu.address(name):
            problems.append(Error(f"“{each.key}” of the palette leads to “{name}”{NO_PAGE}", id="face.E015"))
        if isinstance(each, palette.PaletteSearch) and (fault := _fault_of(each.function)):
            problems.append(Error(f"The search “{each.key}” can't be imported: {fault}", id="face.E012"))
    return [*problems, *_doubles("entries of the palette", [each.key for each in found], "face.E013")]


def _fault_of(function: str) -> ImportError | None:
    try:
        import_string(function)
    except ImportError as fault:
        return fault
    return None


def _doubles(what: str, keys: list[str], number: str, of: str = "key") -> list[CheckMessage]:
    return [Error(f"Two {what} have the {of} “{key}”.", id=number) for key, count in Counter(keys).items() if count > 1]
