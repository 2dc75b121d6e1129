"""One warehouse's part of an order: its documents in force, its milestones and its status by completeness."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.contracts.facts import LegPicked, LegPlanned, LegProblem, LegRejected, LegReleased, Line, StampedFact
from apps.orders.identities import Leg, Shipment, referenced
from apps.orders.lines import Part, part_lines
from apps.orders.ordering import evidence_place, first_moment, latest, moment_of
from apps.orders.promises import kept_until
from apps.orders.state import LegState, Moment, Problem, ShipmentState

CHAIN: Final = ("planned", "released", "acknowledged", "picked", "packed", "shipped", "delivered")
_BEFORE_SHIPPING: Final = ("packed", "picked", "acknowledged", "released", "planned")


@dataclass(slots=True, eq=False)
class LegWork:
    """A leg while it is worked out: documents in force, then the parts of the lines that they speak of."""

    leg: Leg
    releases: list[StampedFact]
    plan: LegPlanned | None
    plan_fact: StampedFact | None
    pick: StampedFact | None
    pack: StampedFact | None
    shipments: list[Shipment]
    ended: str | None  # "rejected" or "cancelled", where that is the last word and nothing has left
    asked: list[Part] = field(default_factory=list)  # released, else planned
    sent: list[Part] = field(default_factory=list)

    @property
    def is_released(self) -> bool:
        return any(released(stamped).lines for stamped in self.releases)


def released(stamped: StampedFact) -> LegReleased:
    assert isinstance(stamped.fact, LegReleased)
    return stamped.fact


def read_leg(leg: Leg) -> LegWork:
    """The leg's documents in force."""
    told = leg.told
    plan_fact = latest(told["leg.planned"]) if "leg.planned" in told else None
    plan = plan_fact.fact if plan_fact else None
    assert plan is None or isinstance(plan, LegPlanned)
    shipments = [shipment for shipment in leg.shipments if shipment.has_left]
    return LegWork(
        leg=leg,
        releases=_releases(leg.facts("leg.released")),
        plan=plan,
        plan_fact=plan_fact,
        pick=latest(told["leg.picked"]) if "leg.picked" in told else None,
        pack=latest(told["leg.packed"]) if "leg.packed" in told else None,
        shipments=shipments,
        ended=None if shipments else _ended(leg),
    )


def _releases(facts: Sequence[StampedFact]) -> list[StampedFact]:
    """One document per `release` reference, and one for all without; several add up."""
    if len(facts) < 2:
        return list(facts)
    documents: dict[tuple[str, ...], list[StampedFact]] = {}
    for stamped in facts:
        documents.setdefault(tuple(sorted(referenced(stamped.fact, "release"))), []).append(stamped)
    return sorted((latest(versions) for versions in documents.values()), key=evidence_place)


def _ended(leg: Leg) -> str | None:
    """The later of rejection and new release holds; a release after a cancellation revives the leg likewise."""
    ends = [*leg.facts("leg.rejected"), *leg.facts("leg.cancelled")]
    if not ends:
        return None
    last = latest([*ends, *leg.facts("leg.released")])
    return None if last.name == "leg.released" else last.name.removeprefix("leg.")


def told_milestones(work: LegWork) -> dict[str, Moment | None]:
    """The first evidence of each milestone in the chain. Whatever a carrier says of a shipment implies that it left."""
    leg = work.leg
    documents = [s.document for s in work.shipments if s.document]
    delivered = [s.delivered for s in work.shipments if s.delivered]
    return {
        "planned": moment_of(work.plan_fact) if work.plan_fact else None,
        "released": first_moment(work.releases),
        "acknowledged": first_moment(leg.facts("leg.acknowledged")),
        "picked": moment_of(work.pick) if work.pick else None,
        "packed": moment_of(work.pack) if work.pack else None,
        "shipped": first_moment(documents) or (Moment(implied=True) if work.shipments else None),
        "delivered": min(delivered, key=moment_place) if delivered else None,
    }


def moment_place(moment: Moment) -> tuple[bool, float, float, str, str]:
    """The sort key by which the earliest believed moment comes first (as `ordering.evidence_place`), an implied one last."""
    claimed, heard = (at.timestamp() if at else float("inf") for at in (moment.claimed_at, moment.received_at))
    return (moment.occurred_at is None, claimed, heard, moment.source, moment.message)


def milestones(work: LegWork) -> dict[str, Moment]:
    """The milestones as shown: told, or implied by a later one."""
    told = told_milestones(work)
    furthest = max((index for index, name in enumerate(CHAIN) if told[name]), default=-1)
    shown = {name: told[name] or Moment(implied=True) for name in CHAIN[: furthest + 1]}
    for name in ("rejected", "cancelled"):
        moment = first_moment(work.leg.facts(f"leg.{name}"))
        if moment:
            shown[name] = moment
    return shown


def is_complete(work: LegWork) -> bool:
    """True when nothing more is to leave: all of what was asked has left, or the partner says so."""
    if any(shipment.dispatch.final for shipment in work.shipments if shipment.dispatch):
        return True
    if not work.asked:
        return False
    asked, sent = _by_article(work.asked), _by_article(work.sent)
    return all(sent.get(article, 0) >= quantity for article, quantity in asked.items())


def _by_article(parts: Sequence[Part]) -> dict[tuple[str, str], Decimal]:
    """By SKU and unit: a warehouse need not say for which of two lines with the same SKU it ships."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for part in parts:
        totals[part.tally.sku or part.tally.line, part.uom or part.tally.uom or ""] += part.quantity
    return totals


def leg_status(work: LegWork, shown: Mapping[str, Moment]) -> str:
    """The status by completeness. A leg of which only a problem is told is planned: the least that this implies."""
    if work.shipments:
        if not is_complete(work):
            return "partially_shipped"
        return "delivered" if all(shipment.delivered for shipment in work.shipments) else "shipped"
    if work.ended:
        return work.ended
    return next((name for name in _BEFORE_SHIPPING if name in shown), "planned")


def leg_state(work: LegWork, shipments: tuple[ShipmentState, ...], zones: Mapping[str, str], default_zone: str) -> LegState:
    """The leg as shown."""
    leg = work.leg
    release = released(latest(leg.facts("leg.released"))) if work.releases else None
    head = release or work.plan
    shown = milestones(work)
    ship_by, ship_by_at = _ship_by(leg, head.site if head else None, zones, default_zone)
    rejections = leg.facts("leg.rejected")
    rejection = latest(rejections).fact if rejections else None
    return LegState(
        leg=leg.value,
        issuer=leg.issuer,
        status=leg_status(work, shown),
        partner=head.partner if head else None,
        site=head.site if head else None,
        carrier=release.carrier if release else None,
        service=release.service if release else None,
        ship_by=ship_by,
        ship_by_at=ship_by_at,
        milestones=shown,
        lines=part_lines(work.asked),
        shipments=shipments,
        problems=tuple(_problem(stamped) for stamped in leg.facts("leg.problem")),
        rejected_reason=rejection.reason if isinstance(rejection, LegRejected) else None,
    )


def _ship_by(leg: Leg, site: str | None, zones: Mapping[str, str], default_zone: str) -> tuple[str | None, datetime | None]:
    promising = [stamped for stamped in leg.facts("leg.released") if released(stamped).ship_by]
    if not promising:
        return None, None
    release = released(latest(promising))
    assert release.ship_by is not None
    return release.ship_by, kept_until(release.ship_by, release.zone, zones.get(site or ""), default_zone)


def _problem(stamped: StampedFact) -> Problem:
    assert isinstance(stamped.fact, LegProblem)
    return Problem(stamped.fact.code, moment_of(stamped), stamped.fact.reason)


def picked_lines(work: LegWork) -> tuple[Line, ...]:
    """What the pick in force names. A pick that names no lines says no quantities."""
    if work.pick is None:
        return ()
    assert isinstance(work.pick.fact, LegPicked)
    return work.pick.fact.lines or ()


def released_lines(work: LegWork) -> tuple[Line, ...]:
    """What the releases in force ask for, together."""
    return tuple(line for stamped in work.releases for line in released(stamped).lines)


def asked_lines(work: LegWork) -> tuple[Line, ...]:
    """What the leg should ship: as released, else as planned; empty while neither is told."""
    return released_lines(work) or (work.plan.lines if work.plan else ())
