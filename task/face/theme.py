"""Light, dark, or what the system has: a cookie, so that the server writes the theme and no wrong colours flash."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views import View

from task.kit.redirects import redirect_back

COOKIE, YEAR = "theme", 365 * 24 * 3600
THEMES = ("light", "dark")


def theme_of(request: HttpRequest) -> str:
    """The theme that this browser keeps; "" follows the system."""
    kept = request.COOKIES.get(COOKIE, "")
    return kept if kept in THEMES else ""


class ThemeView(View):
    """One of the three buttons, for who has no script; by POST only. `static/js/theme.js` sets the same cookie."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        answer = redirect_back(request, "/")
        chosen = request.POST.get("theme")
        if chosen in THEMES:
            secure = settings.SESSION_COOKIE_SECURE
            answer.set_cookie(COOKIE, chosen, max_age=YEAR, secure=secure, samesite="Lax")
        elif chosen == "system":
            answer.delete_cookie(COOKIE, samesite="Lax")
        return answer
