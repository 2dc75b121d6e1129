"""The door of the plain pattern, and what a user reads."""

from typing import Any

from django.db.models import Max
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.plain.models import Event, Leg, Milestone, Order, OrderLine, Shipment
from bench.plain.tasks import process


class EventSerializer(serializers.Serializer[Any]):
    specversion = serializers.ChoiceField(["1.0"])
    id = serializers.CharField(max_length=200)
    source = serializers.CharField(max_length=200)
    type = serializers.CharField(max_length=100)
    time = serializers.DateTimeField()
    data = serializers.DictField()


class Events(APIView):
    def post(self, request: Request) -> Response:
        """One event, or a list of them."""
        serializer = EventSerializer(data=request.data, many=isinstance(request.data, list))
        serializer.is_valid(raise_exception=True)
        events = serializer.data if isinstance(request.data, list) else [serializer.data]
        for event in events:
            process.delay(event)
        return Response({"accepted": len(events)}, status=202)

    def get(self, request: Request) -> Response:
        """How many events after the given one have had their effect, and which is the last."""
        after = int(request.query_params.get("after", 0))
        last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
        return Response({"count": Event.objects.filter(pk__gt=after).count() if after else last, "last": last})


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = ("line", "sku", "ordered", "allocated", "shipped")


class ShipmentSerializer(serializers.ModelSerializer[Shipment]):
    class Meta:
        model = Shipment
        fields = ("number", "carrier", "tracking", "status", "posting", "invoice")


class LegSerializer(serializers.ModelSerializer[Leg]):
    shipments = ShipmentSerializer(many=True)

    class Meta:
        model = Leg
        fields = ("number", "partner", "site", "status", "shipments")


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    class Meta:
        model = Milestone
        fields = ("subject", "name", "occurred_at", "received_at")


class OrderSerializer(serializers.ModelSerializer[Order]):
    lines = LineSerializer(many=True)
    legs = LegSerializer(many=True)
    milestones = MilestoneSerializer(many=True)

    class Meta:
        model = Order
        fields = ("number", "status", "customer_name", "region", "po", "placed_at", "lines", "legs", "milestones")


class OrderView(RetrieveAPIView[Order]):
    queryset = Order.objects.prefetch_related("lines", "legs__shipments", "milestones")
    serializer_class = OrderSerializer
    lookup_field = "number"


urlpatterns = [path("events", Events.as_view()), path("orders/<str:number>", OrderView.as_view())]
