"""Languages by their English names, whatever code or name somebody writes."""

from functools import cache

from django.conf.locale import LANG_INFO

from task.kit.keys import fold_name


@cache
def languages() -> list[str]:
    """Those that a form suggests."""
    return sorted(str(info["name"]) for code, info in LANG_INFO.items() if "name" in info and "-" not in code)


@cache
def _by_key() -> dict[str, str]:
    named = [info for info in LANG_INFO.values() if "name" in info]
    words = [(word, info["name"]) for info in named for word in (info["code"], info["name_local"], info["name"])]
    return {fold_name(str(word)): str(name) for word, name in words}


def language_named(text: str) -> str:
    """ "pt", "Português" and "portuguese" are Portuguese; what is unknown stays as it was written."""
    return _by_key().get(fold_name(text), text)
