"""The Celery application. Tasks live in each room's `tasks.py`, three lines each."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")
app = Celery("distsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
