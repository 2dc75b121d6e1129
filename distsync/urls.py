"""Every URL: the doors, the API, the console. No redirects on any door: a client that follows one loses its data."""

from django.conf import settings
from django.urls import include, path

from apps.api.metrics import metrics

urlpatterns = [
    path("", include("apps.pipeline.urls")),  # /healthz /readyz
    path("metrics", metrics, name="metrics"),
    path("", include("apps.intake.urls")),  # doors first: POST /api/v1/events
    path("api/v1/", include("apps.api.urls")),
    path("live/", include("apps.live.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("", include("apps.console.urls")),
]
if settings.DEMO == "live":
    urlpatterns.append(path("", include("apps.demo.page.urls")))

handler400 = "apps.core.problems.bad_request"
handler403 = "apps.core.problems.permission_denied"
handler404 = "apps.core.problems.not_found"
handler429 = "apps.core.problems.too_many"
handler500 = "apps.core.problems.server_error"
