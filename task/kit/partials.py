"""Pages of which htmx fetches a part anew, at the page's own address, while something runs."""

from django.http import HttpRequest
from django.views.generic import TemplateView


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks. django-htmx's middleware knows; a project without it has whole pages alone."""
    return bool(getattr(request, "htmx", False))


class PartPage(TemplateView):
    """A page of which htmx gets `part_template` alone. Without one it takes its piece out of the whole page."""

    part_template = ""

    def get_template_names(self) -> list[str]:
        return [self.part_template] if self.part_template and is_part(self.request) else super().get_template_names()
