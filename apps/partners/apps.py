from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save


class PartnersConfig(AppConfig):
    name = "apps.partners"
    label = "partners"

    def ready(self) -> None:
        from apps.partners import signals
        from apps.partners.models import Credential, Site, Source

        for model in (Credential, Site, Source):
            post_save.connect(signals.forget, sender=model)
            post_delete.connect(signals.forget, sender=model)
        post_migrate.connect(signals.forget, sender=self)
