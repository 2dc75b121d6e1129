from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "apps.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        from celery import current_app

        from apps.intake import arrivals
        from apps.intake import doorbell as intake_doorbell
        from apps.pipeline import measures_in_worker
        from apps.pipeline.doorbell import ringer
        from apps.pipeline.measures import recorder
        from apps.pipeline.worker import Sweep

        intake_doorbell.on_append(ringer.ask)
        arrivals.on_arrival(recorder.arrivals)
        measures_in_worker.connect()
        current_app.steps["worker"].add(Sweep)
