"""What the answers look like, for the OpenAPI document. A test holds these against the documents that are really sent."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers as s

from apps.api.parameters import DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE
from apps.api.vocabulary import LEG_STATUSES, MESSAGE_STATES, MONEY, OVERLAYS, STATUSES
from apps.orders.timeline import FLAGS

NUMBER = {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": r"^-?\d+\.\d+$"}]}


@extend_schema_field(NUMBER)
class Number(s.Field[Any, Any, Any, Any]):
    """A number when whole, else a decimal string."""


def a_text(*, null: bool = False) -> s.CharField:
    return s.CharField(allow_null=null)


def a_time(*, null: bool = True) -> s.DateTimeField:
    return s.DateTimeField(allow_null=null)


def a_word(allowed: tuple[str, ...], *, null: bool = False) -> s.ChoiceField:
    return s.ChoiceField(choices=[(value, value) for value in allowed], allow_null=null)


def some_words(allowed: tuple[str, ...]) -> s.ListField:
    return s.ListField(child=a_word(allowed))


def record(record_name: str, **fields: s.Field[Any, Any, Any, Any]) -> type[s.Serializer[Any]]:
    """A serializer whose fields have names that the class statement would take for its own attributes."""
    return type(record_name, (s.Serializer,), fields)


class Money(s.Serializer[Any]):
    amount = Number()
    currency = a_text(null=True)


class Customer(s.Serializer[Any]):
    id = a_text(null=True)
    name = a_text(null=True)


class Reference(s.Serializer[Any]):
    scheme = a_text()
    value = a_text()
    issuer = a_text(null=True)


class Moment(s.Serializer[Any]):
    occurred_at = a_time()
    received_at = a_time()
    implied = s.BooleanField()


class Part(s.Serializer[Any]):
    line = a_text()
    sku = a_text(null=True)
    quantity = Number()
    uom = a_text(null=True)


class Line(s.Serializer[Any]):
    line = a_text()
    sku = a_text(null=True)
    uom = a_text(null=True)
    description = a_text(null=True)
    ordered = Number()
    cancelled = Number()
    allocated = Number()
    released = Number()
    picked = Number()
    shipped = Number()
    delivered = Number()
    returned = Number()
    invoiced = Number()
    backordered = s.BooleanField()
    expected_date = a_text(null=True)
    flags = s.ListField(child=a_text())


class Posted(s.Serializer[Any]):
    posting = a_text()
    occurred_at = a_time()
    received_at = a_time()


class Invoiced(s.Serializer[Any]):
    invoice = a_text()
    occurred_at = a_time()
    received_at = a_time()
    held = s.BooleanField()
    credited = s.BooleanField()


class Shipment(s.Serializer[Any]):
    shipment = a_text()
    carrier = a_text(null=True)
    service = a_text(null=True)
    tracking = s.ListField(child=a_text())
    packages = s.IntegerField(allow_null=True)
    lines = Part(many=True)
    shipped_at = a_time()
    delivered_at = a_time()
    shipped = Moment(allow_null=True)
    in_transit = Moment(allow_null=True)
    delivered = Moment(allow_null=True)
    failed = Moment(allow_null=True)
    failed_reason = a_text(null=True)
    posted = Posted(allow_null=True)
    invoiced = Invoiced(allow_null=True)


class Problem(s.Serializer[Any]):
    code = a_text()
    reason = a_text(null=True)
    occurred_at = a_time()
    received_at = a_time()
    implied = s.BooleanField()


class Leg(s.Serializer[Any]):
    leg = a_text()
    partner = a_text(null=True)
    site = a_text(null=True)
    status = a_word(LEG_STATUSES)
    carrier = a_text(null=True)
    service = a_text(null=True)
    ship_by = a_text(null=True)
    milestones = s.DictField(child=Moment())
    lines = Part(many=True)
    shipments = Shipment(many=True)
    problems = Problem(many=True)
    rejected_reason = a_text(null=True)


class Hold(s.Serializer[Any]):
    hold = a_text()
    reason = a_text(null=True)
    code = a_text(null=True)
    placed = Moment(allow_null=True)
    released = Moment(allow_null=True)


MessageName = record(
    "MessageName",
    source=a_text(),
    id=a_text(),
    key=a_text(),
)


class Unapplied(s.Serializer[Any]):
    message = MessageName()
    scheme = a_text()
    value = a_text()
    candidates = s.ListField(child=a_text())


class OrderHead(s.Serializer[Any]):
    order = a_text()
    issuer = a_text(null=True)
    handle = a_text()
    status = a_word(STATUSES)
    overlays = some_words(OVERLAYS)
    money = a_word(MONEY, null=True)
    customer = Customer(allow_null=True)
    region = a_text(null=True)
    channel = a_text(null=True)
    value = Money(allow_null=True)
    promised_date = a_text(null=True)
    placed_at = a_time()


class OrderListRow(OrderHead):
    partners = s.ListField(child=a_text())
    open_exceptions = s.IntegerField(allow_null=True)


class TimelineEntry(s.Serializer[Any]):
    occurred_at = a_time()
    received_at = a_time()
    claimed_at = a_time()
    lane = a_text()
    name = a_text()
    text = a_text()
    message = MessageName(allow_null=True)
    flags = some_words(FLAGS)


MESSAGE: Final[dict[str, s.Field[Any, Any, Any, Any]]] = {
    "key": a_text(),
    "source": a_text(),
    "id": a_text(),
    "type": a_text(),
    "state": a_word(MESSAGE_STATES),
    "reason": a_text(null=True),
    "subject": a_text(null=True),
    "time": a_time(),
    "received_at": a_time(null=False),
    "logged_at": a_time(null=False),
    "is_history": s.BooleanField(),
    "orders": s.ListField(child=a_text()),
}
MessageListRow = record("MessageListRow", **MESSAGE)
MessageDocument = record(
    "MessageDocument",
    **MESSAGE,
    content_type=a_text(),
    door=a_text(),
    attributes=s.DictField(child=a_text()),
    body=a_text(null=True),
    body_base64=a_text(null=True),
)


ContractField = record("ContractField", name=a_text(), required=s.BooleanField(), type=a_text(), description=a_text())
Contract = record(
    "Contract",
    name=a_text(),
    title=a_text(),
    type=a_text(),
    version=s.IntegerField(),
    state=a_text(),
    senders=s.ListField(child=a_text()),
    description=a_text(),
    owned=s.ListField(child=a_text()),
    mixed=s.ListField(child=a_text()),
    fields=ContractField(many=True),
    schema=s.DictField(),
    examples=s.ListField(child=s.DictField()),
)


class SiteRow(s.Serializer[Any]):
    site = a_text()
    name = a_text(null=True)
    region = a_text(null=True)
    time_zone = a_text(null=True)
    is_discovered = s.BooleanField()


class PartnerRow(s.Serializer[Any]):
    partner = a_text()
    name = a_text(null=True)
    is_discovered = s.BooleanField()
    sites = SiteRow(many=True)


ProblemDetails = record(
    "ProblemDetails",
    type=a_text(),
    title=a_text(),
    status=s.IntegerField(),
    detail=a_text(),
    instance=s.CharField(required=False),
    errors=s.ListField(child=s.DictField(), required=False),
)


class AuditSetting(s.Serializer[Any]):
    kind = a_text()
    name = a_text()
    value = s.JSONField(allow_null=True)


AuditRow = record(
    "AuditRow",
    message=a_text(),
    at=a_time(null=False),
    who=a_text(),
    kind=a_text(),
    order=a_text(null=True),
    subject=a_text(null=True),
    exception=a_text(null=True),
    summary=a_text(),
    to=a_text(null=True),
    text=a_text(null=True),
    until=a_time(),
    reason=a_text(null=True),
    version=s.IntegerField(allow_null=True),
    setting=AuditSetting(allow_null=True),
)


def page_of(row: type[s.Serializer[Any]], name: str) -> type[s.Serializer[Any]]:
    """One page of a list: the addresses of its neighbours and its rows."""
    return record(name, next=s.URLField(allow_null=True), previous=s.URLField(allow_null=True), results=row(many=True))


Orders = page_of(OrderListRow, "Orders")
Timeline = record(
    "Timeline",
    next=s.URLField(allow_null=True),
    previous=s.URLField(allow_null=True),
    results=TimelineEntry(many=True),
    as_of=a_time(),
)
Messages = page_of(MessageListRow, "Messages")
Contracts = page_of(Contract, "Contracts")
Partners = page_of(PartnerRow, "Partners")
Audit = page_of(AuditRow, "Audit")

_TITLES = {
    304: "What the caller holds is still current.",
    400: "A parameter or a field that is not understood.",
    401: "No credential, or a bad one.",
    403: "The caller's role does not include this.",
    404: "Nothing there, or nothing that the caller may see.",
    409: "The caller's picture is not the current one, or a name fits more than one thing; `errors` says which.",
    413: "A body over the limit.",
    415: "A body that is no JSON.",
}


def problems(*statuses: int) -> dict[int | tuple[int, str], OpenApiResponse]:
    """The refusals of an endpoint, as the OpenAPI document names them."""
    return {(status, "application/problem+json"): OpenApiResponse(ProblemDetails, _TITLES[status]) for status in statuses}


UNCHANGED: dict[int | tuple[int, str], OpenApiResponse] = {304: OpenApiResponse(description=_TITLES[304])}
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag that the caller holds.")
PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="Where the page starts: taken from `next` or `previous`."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MAXIMUM_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
        description="How many rows a page holds.",
    ),
]


def parameter(name: str, description: str, *, allowed: tuple[str, ...] | None = None, kind: Any = OpenApiTypes.STR) -> Any:
    return OpenApiParameter(name, kind, description=description, enum=allowed)
