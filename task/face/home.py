"""The first page: a landing page for strangers, and what all apps bring for members."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from task.face.panels import home_panels


def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "home_landing.html", {"seams": [41_000]})
    return render(request, "home.html", {"panels": home_panels(request)})
