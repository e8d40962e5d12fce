"""What an entry of the menu counts, for a page that stays open while something runs."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from task.face.menu import entries


class CountsView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        entry = next((entry for entry in entries(request) if entry.of.key == key and entry.of.counts), None)
        if entry is None:
            raise Http404
        at = "menu" if request.GET.get("at") == "menu" else "band"
        return render(request, "_nav_counts.html", {"entry": entry, "at": at})
