"""An order, its lines, legs, shipments and milestones, and the events that told of them."""

from django.db import models


class Event(models.Model):
    source = models.CharField(max_length=200)
    event_id = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    time = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    data = models.JSONField()

    class Meta:
        app_label = "plain"
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="event_once")]


class Order(models.Model):
    number = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=30, default="heard")
    customer_id = models.CharField(max_length=100, blank=True)
    customer_name = models.CharField(max_length=200, blank=True, db_index=True)
    region = models.CharField(max_length=50, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    po = models.CharField(max_length=100, blank=True, db_index=True)
    promised_date = models.DateField(null=True)
    placed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        app_label = "plain"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    line = models.CharField(max_length=20)
    sku = models.CharField(max_length=100)
    ordered = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)
    shipped = models.IntegerField(default=0)

    class Meta:
        app_label = "plain"
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="line_once")]


class Leg(models.Model):
    number = models.CharField(max_length=100, unique=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="legs")
    partner = models.CharField(max_length=100, blank=True)
    site = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=30, default="heard")

    class Meta:
        app_label = "plain"


class Shipment(models.Model):
    number = models.CharField(max_length=100, unique=True)
    leg = models.ForeignKey(Leg, null=True, on_delete=models.CASCADE, related_name="shipments")
    carrier = models.CharField(max_length=50, blank=True)
    tracking = models.CharField(max_length=100, blank=True, db_index=True)
    status = models.CharField(max_length=30, default="heard")
    posting = models.CharField(max_length=100, blank=True)
    invoice = models.CharField(max_length=100, blank=True)

    class Meta:
        app_label = "plain"


class Milestone(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="milestones")
    subject = models.CharField(max_length=100)
    name = models.CharField(max_length=50)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "plain"
        constraints = [models.UniqueConstraint(fields=["subject", "name"], name="milestone_once")]
