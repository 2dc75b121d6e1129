"""The API's addresses, under `/api/v1/`. Each answers with a trailing slash too, and lists only the one without."""

from typing import Any

from django.urls import URLPattern, path

import apps.core.paths  # noqa: F401 - registers the `identifier` converter
from apps.api.audit import Audit
from apps.api.contracts import Contract, Contracts
from apps.api.exception_acts import ENDPOINTS
from apps.api.exception_bulk import Bulk, Job
from apps.api.exceptions import ExceptionCase, Exceptions
from apps.api.incidents import Incident, Incidents
from apps.api.messages import Message, Messages
from apps.api.notifications import NotificationRead, Notifications, NotificationsRead
from apps.api.openapi import Schema
from apps.api.orders import Order, Orders, Timeline
from apps.api.partners import Partners


def addresses(route: str, endpoint: type[Any], name: str) -> list[URLPattern]:
    return [
        path(route, endpoint.as_view(), name=name),
        path(f"{route}/", endpoint.as_view(schema=None)),
    ]


app_name = "api"
urlpatterns = [
    *addresses("orders", Orders, "orders"),
    *addresses("orders/<identifier:order>", Order, "order"),
    *addresses("orders/<identifier:order>/timeline", Timeline, "timeline"),
    *addresses("exceptions", Exceptions, "exceptions"),
    *addresses("exceptions/bulk", Bulk, "exceptions_bulk"),
    *addresses("jobs/<identifier:job>", Job, "job"),
    *addresses("exceptions/<identifier:exception>", ExceptionCase, "exception"),
    *(
        address
        for word, endpoint in ENDPOINTS.items()
        for address in addresses(f"exceptions/<identifier:exception>/{word}", endpoint, f"exception_{word}")
    ),
    *addresses("messages", Messages, "messages"),
    *addresses("messages/<identifier:message>", Message, "message"),
    *addresses("contracts", Contracts, "contracts"),
    *addresses("contracts/<identifier:name>", Contract, "contract"),
    *addresses("partners", Partners, "partners"),
    *addresses("audit", Audit, "audit"),
    *addresses("incidents", Incidents, "incidents"),
    *addresses("incidents/<identifier:incident>", Incident, "incident"),
    *addresses("notifications", Notifications, "notifications"),
    *addresses("notifications/read", NotificationsRead, "notifications_read"),
    *addresses("notifications/<identifier:notification>/read", NotificationRead, "notification_read"),
    *addresses("schema", Schema, "schema"),
]
