"""Health of the process and of what it needs: no login, no figures."""

from django.urls import path

from apps.pipeline import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
