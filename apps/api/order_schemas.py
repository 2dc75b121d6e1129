"""What one order's document looks like, its clocks and exceptions included, for the OpenAPI document."""

from typing import Any

from rest_framework import serializers as s

from apps.api import exception_schemas
from apps.api.promise_documents import OF_THE_ORDER, STATES
from apps.api.schemas import (
    Hold,
    Leg,
    Line,
    Moment,
    OrderHead,
    Reference,
    Shipment,
    Unapplied,
    a_text,
    a_time,
    a_word,
    record,
)
from apps.sla.commitments import MEASURES


class OrderClock(s.Serializer[Any]):
    commitment = a_text()
    measure = a_word(tuple(MEASURES))
    title = a_text()
    subject = Reference()
    partner = a_text(null=True)
    site = a_text(null=True)
    basis = a_word(("happened", "heard"))
    started_at = a_time(null=False)
    started_heard_at = a_time(null=False)
    warns_at = a_time(null=False)
    due_at = a_time(null=False)
    stopped_at = a_time()
    stopped_heard_at = a_time()
    state = a_word(STATES)
    opens = a_text()


OrderException = record(
    "OrderException",
    **{name: field for name, field in exception_schemas.ROW.items() if name not in OF_THE_ORDER},
    orders=s.ListField(child=a_text()),
)


class OrderDocument(OrderHead):
    priority = a_text(null=True)
    requested_date = a_text(null=True)
    milestones = s.DictField(child=Moment())
    lines = Line(many=True)
    legs = Leg(many=True)
    loose_shipments = Shipment(many=True)
    unapplied = Unapplied(many=True)
    holds = Hold(many=True)
    clocks = OrderClock(many=True)
    exceptions = OrderException(many=True)
    references = Reference(many=True)
    as_of = a_time()
