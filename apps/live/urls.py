"""Server-sent events, under `/live/`."""

from django.urls import path

from apps.core import paths as paths  # registers the `identifier` converter
from apps.live import views

app_name = "live"
urlpatterns = [
    path("orders", views.orders, name="orders"),
    path("orders/<identifier:identifier>", views.order, name="order"),
    path("freshness", views.freshness, name="freshness"),
]
