"""The desk's addresses, and pages of errors that a person hopes never to see."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from celerytask.urls import *  # noqa: F403


def bad(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("in pieces")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def stumble(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("The desk stumbles on purpose.")


def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "503.html", status=503)


urlpatterns = [
    path("", include("celerytask.urls")),
    path("errors/400/", bad),
    path("errors/403/", forbidden),
    path("errors/500/", stumble),
    path("errors/503/", offline),
]
