"""Facts of legs, told by the middleware and the 3PLs."""

from apps.contracts.facts.base import Fact, Line


class LegPlanned(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    leg: str
    site: str
    partner: str
    lines: tuple[Line, ...]


class LegReleased(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    leg: str
    partner: str
    site: str
    lines: tuple[Line, ...]
    ship_by: str | None = None
    carrier: str | None = None
    service: str | None = None
    zone: str | None = None


class LegAcknowledged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None


class LegRejected(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    reason: str
    order: str | None = None
    code: str | None = None


class LegPicked(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    lines: tuple[Line, ...] | None = None
    packages: int | None = None


class LegPacked(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    lines: tuple[Line, ...] | None = None
    packages: int | None = None


class LegShipped(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    shipment: str
    lines: tuple[Line, ...]
    order: str | None = None
    carrier: str | None = None
    service: str | None = None
    tracking: tuple[str, ...] = ()
    packages: int | None = None
    final: bool = False


class LegProblem(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    code: str
    order: str | None = None
    reason: str | None = None
    lines: tuple[Line, ...] | None = None


class LegCancelled(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    reason: str | None = None
