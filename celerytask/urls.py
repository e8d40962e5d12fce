"""Every address of the desk. A feature goes with its line here and its line in INSTALLED_APPS."""

from django.contrib import admin
from django.urls import include, path

from celerytask import health
from task.face import counts, home, palette, style, theme

admin.site.site_header = "the desk, administration"
admin.site.site_title = "the desk"
admin.site.index_title = "Administration"

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("task.api.urls")),  # first: programs ask often, and every pattern before theirs is tried each time
    path("", include("task.jobs.urls")),
    path("", include("task.chaos.urls")),
    path("", include("task.accounts.urls")),
    path("", include("task.books.urls")),
    path("", include("task.orders.urls")),
    path("", include("task.reports.urls")),
    path("", include("task.playground.urls")),
    path("", include("task.backups.urls")),
    path("", include("task.schedules.urls")),
    path("", include("task.emails.urls")),
    path("", include("task.webhooks.urls")),
    path("", include("task.first_steps.urls")),
    path("", include("task.metrics.urls")),
    path("menu/<str:key>/counts/", counts.CountsView.as_view(), name="menu_counts"),
    path("theme/", theme.ThemeView.as_view(), name="theme"),
    path("palette/", palette.found, name="palette"),
    path("style/", style.StyleView.as_view(), name="style"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]

handler400 = "task.face.errors.bad_request"
handler403 = "task.face.errors.forbidden"
handler404 = "task.face.errors.not_found"
handler500 = "task.face.errors.server_error"
