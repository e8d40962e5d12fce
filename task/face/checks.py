"""What is wrong with a menu or a panel is said at the start, not on a page."""

from collections import Counter
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from task.face import menu, panels


@register()
def check_menu(**_: Any) -> list[CheckMessage]:
    entries = list(menu.declared())
    places = ("", *menu.GROUPS)
    return [
        *(
            Error(f"The menu entry “{entry.key}” has the place “{entry.place}”.", f"One of {places}.", id="face.E001")
            for entry in entries
            if entry.place not in places
        ),
        *_doubles("menu entries", [entry.key for entry in entries], "face.E002"),
    ]


@register()
def check_panels(**_: Any) -> list[CheckMessage]:
    found = list(panels.declared())
    problems: list[CheckMessage] = []
    for panel in found:
        if panel.on == "home" and panel.place not in panels.HOME_PLACES:
            hint = f"One of {panels.HOME_PLACES}."
            problems.append(Error(f"The panel “{panel.key}” has the place “{panel.place}”.", hint, id="face.E003"))
        try:
            import_string(panel.function)
        except ImportError as fault:
            problems.append(Error(f"The panel “{panel.key}” can't be imported: {fault}", id="face.E004"))
    return [*problems, *_doubles("panels", [panel.key for panel in found], "face.E005")]


def _doubles(what: str, keys: list[str], number: str) -> list[CheckMessage]:
    return [Error(f"Two {what} have the key “{key}”.", id=number) for key, count in Counter(keys).items() if count > 1]
