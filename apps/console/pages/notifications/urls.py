"""The inbox, its settings and the log of deliveries, under `/notifications/`."""

from django.urls import path

from apps.console.pages.notifications import deliveries, settings, views

urlpatterns = [
    path("", views.notification_list, name="notifications"),
    path("read", views.read_all, name="read_all"),
    path("settings", settings.own_settings, name="notification_settings"),
    path("settings/<slug:code>", settings.team_settings, name="team_notification_settings"),
    path("settings/<slug:code>/secret", settings.new_secret, name="webhook_secret"),
    path("deliveries/", deliveries.delivery_list, name="deliveries"),
    path("deliveries/<slug:number>/retry", deliveries.retry_delivery, name="retry_delivery"),
    path("<slug:number>/", views.open_notification, name="notification"),
    path("<slug:number>/read", views.read_one, name="read_notification"),
]
