"""Who takes part: partners, systems, sites, regions, the sources that speak, and the credentials that let them in.

Keys are the codes that events use, and rows name each other by them: events come before anybody has set anything up.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from apps.partners.doors import DOORS


class Named(models.Model):
    """A code that events use. `is_discovered`: an event named it first and nobody has completed it yet."""

    code = models.TextField(primary_key=True)
    name = models.TextField(blank=True, default="")
    is_discovered = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or self.code


class Partner(Named):
    """A 3PL, a carrier or a supplier."""


class Region(Named):
    pass


class System(Named):
    """An instance of an OMS, an ERP, a WMS or a middleware."""

    kind = models.TextField(blank=True, default="")
    partner = models.TextField(null=True, blank=True)


class Site(Named):
    """A warehouse or a store. `zone` is an IANA name, empty for the deployment's."""

    partner = models.TextField(null=True, blank=True)
    region = models.TextField(null=True, blank=True)
    zone = models.TextField(blank=True, default="", db_default="")


class Source(models.Model):
    """A CloudEvents `source`, which names the system that speaks.

    `partner`: the code of the partner whose source it is; empty for one of the house, which no partner's credential
    may use; null while only history or other events have told of it, and then the first partner to speak takes it.
    """

    name = models.TextField(primary_key=True)
    partner = models.TextField(null=True, blank=True)
    zone = models.TextField(blank=True, default="", db_default="")
    is_discovered = models.BooleanField(default=False, db_default=False)
    last_heard_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """One token of a credential: several rows of one name are its rotation. `digest` is the token's SHA-256."""

    name = models.TextField(db_index=True)
    digest = models.BinaryField(unique=True, max_length=32)
    doors = ArrayField(models.TextField(), default=list)
    partner = models.TextField(null=True, blank=True)
    may_send_history = models.BooleanField(default=False)
    rate_limit_per_second = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(name=""), name="credential_has_a_name"),
            models.CheckConstraint(condition=models.Q(doors__contained_by=list(DOORS)), name="credential_doors_are_known"),
        ]

    def __str__(self) -> str:
        return self.name
