"""Server-sent events, under `/live/`."""

from django.urls import path

from apps.live import views

app_name = "live"
urlpatterns = [
    path("orders", views.orders, name="orders"),
    path("orders/<identifier:identifier>", views.order, name="order"),
    path("inbox", views.inbox, name="inbox"),
    path("freshness", views.freshness, name="freshness"),
]
