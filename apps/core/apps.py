from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core import checks  # noqa: F401 - registers them
        from apps.core.connections import limit_transactions

        connection_created.connect(limit_transactions, dispatch_uid="core.limit_transactions")
