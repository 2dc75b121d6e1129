"""The WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from apps.core.checks import refuse_to_serve_unsafely
from apps.core.requests import TolerantRequest
from distsync import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")
telemetry.prepare_web()
application = get_wsgi_application()
refuse_to_serve_unsafely()
application.request_class = TolerantRequest
get_resolver().url_patterns  # noqa: B018 - imports every view before the fork, else each process does it in its first request
