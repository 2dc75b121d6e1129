"""DistSync's project package: settings, URLs, the Celery application, the stack behind `make up`."""

from distsync.celery import app as celery_app

__all__ = ["celery_app"]
