from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "apps.live"
    label = "live"

    def ready(self) -> None:
        from apps.delivery.telling import on_told
        from apps.exceptions.services import on_change as on_act
        from apps.live.hints import publish, publish_people
        from apps.pipeline.process import on_change

        on_change(publish)
        on_act(publish)
        on_told(publish_people)
