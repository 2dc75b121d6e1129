from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "apps.delivery"
    label = "delivery"

    def ready(self) -> None:
        from celery import current_app

        from apps.delivery.worker import Notify

        current_app.steps["worker"].add(Notify)
