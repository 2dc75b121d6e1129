from django.apps import AppConfig


class ExceptionsConfig(AppConfig):
    name = "apps.exceptions"
    label = "exceptions"
    verbose_name = "Exceptions"

    def ready(self) -> None:
        from apps.acts.log import on_act
        from apps.exceptions.subjects.replays import keep

        on_act(keep)
