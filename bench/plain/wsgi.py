"""The web process of the plain pattern."""

import os

from django.core.wsgi import get_wsgi_application

import bench.plain.celery  # noqa: F401 - so that tasks are sent to its broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.plain.settings")
application = get_wsgi_application()
