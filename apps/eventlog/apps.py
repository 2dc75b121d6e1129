from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EventlogConfig(AppConfig):
    name = "apps.eventlog"
    label = "eventlog"

    def ready(self) -> None:
        from apps.eventlog.privileges import assert_privileges

        post_migrate.connect(assert_privileges, sender=self)
