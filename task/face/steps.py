"""What apps bring to a person's first steps, in their AppConfigs.

first_steps = [Step("books.scan", "Scan a book", "task.books.home.first_step", "books/_first_step.html", order=1)]
optional_settings = [Setting("CONTACT", "Your email or web address. ...")]
"""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Step:
    """Something that a new person does once. It is done when the database says so.

    `key` is the step's own, over all apps. `function`, a dotted name, is called with the request and returns whether
    the person has done it, and a context: `words`, a sentence, and what `template` needs, which shows how to do it.
    """

    key: str
    heading: str
    function: str
    template: str
    order: int
    for_staff: bool = False


@dataclass(frozen=True)
class Setting:
    """A setting that the desk works without. `ask`, a dotted name, is called where its text alone does not tell."""

    name: str
    words: str  # what it is for
    ask: str = ""

    @property
    def is_set(self) -> bool:
        if self.ask:
            return bool(import_string(self.ask)())
        return bool(str(getattr(settings, self.name, "")).strip())


def steps() -> list[Step]:
    found = [step for config in apps.get_app_configs() for step in getattr(config, "first_steps", ())]
    return sorted(found, key=lambda step: step.order)


def optional_settings() -> list[Setting]:
    found = [each for config in apps.get_app_configs() for each in getattr(config, "optional_settings", ())]
    return sorted(found, key=lambda each: each.name)
