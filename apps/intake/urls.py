"""The doors. Each answers with and without its last slash: a redirect would lose the data of a client that follows it."""

from django.urls import path

from apps.intake import views

urlpatterns = [
    path("api/v1/events", views.events, name="events"),
    path("api/v1/events/", views.events),
]
