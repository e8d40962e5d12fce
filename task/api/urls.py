"""Every app's `api.py`, under `/api/`, and the pages that document them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from csp.decorators import csp_update
from django.apps import apps
from django.urls import include, path
from django.utils.module_loading import module_has_submodule
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from task.api import token_views, views


def collected() -> Iterator[Any]:
    for config in apps.get_app_configs():
        if config.name != "task.api" and config.module and module_has_submodule(config.module, "api"):
            yield from getattr(import_module(f"{config.name}.api"), "urlpatterns", ())


# Both set styles and a worker of their own making; nothing of others runs there.
own_styles = csp_update({"style-src": ["'self'", "'unsafe-inline'"], "worker-src": ["'self'", "blob:"]})

urlpatterns = [
    path(
        "api/",
        include(
            (
                [
                    path("", views.Root.as_view(), name="root"),
                    path("schema/", views.SchemaView.as_view(), name="schema"),
                    path(
                        "docs/",
                        own_styles(SpectacularSwaggerSplitView.as_view(url_name="api:schema")),
                        name="docs",
                    ),
                    path(
                        "redoc/",
                        own_styles(SpectacularRedocView.as_view(url_name="api:schema", template_name="api/redoc.html")),
                        name="redoc",
                    ),
                    *collected(),
                ],
                "api",
            )
        ),
    ),
    path("accounts/profile/tokens/", token_views.MakeTokenView.as_view(), name="token_new"),
    path("accounts/profile/tokens/<int:pk>/revoke/", token_views.RevokeTokenView.as_view(), name="token_revoke"),
]
