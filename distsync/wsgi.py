"""The WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application

from apps.core.requests import TolerantRequest
from distsync import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")
telemetry.prepare_web()
application = get_wsgi_application()
application.request_class = TolerantRequest
