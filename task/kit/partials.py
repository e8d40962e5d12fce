"""Pages of which htmx fetches a part anew, at the page's own address, while something runs."""

from django.http import HttpRequest
from django.views.generic import TemplateView


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks. django-htmx's middleware knows; a project without it has whole pages alone."""
    return bool(getattr(request, "htmx", False))


class PartialPage(TemplateView):
    """A page of which htmx gets `partial_template` alone. Without one it takes its piece out of the whole page."""

    partial_template = ""

    def get_template_names(self) -> list[str]:
        if self.partial_template and is_partial(self.request):
            return [self.partial_template]
        return super().get_template_names()
