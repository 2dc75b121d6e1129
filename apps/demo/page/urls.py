"""The sandbox's page. Included only where the demo is live (distsync/urls.py)."""

from django.urls import path

from apps.demo.page import views

app_name = "demo"
urlpatterns = [
    path("demo/", views.network, name="network"),
    path("demo/outage", views.outage, name="outage"),
    path("demo/reset", views.reset, name="reset"),
]
