"""The conditions of one order: which exceptions its facts open, and which they have cleared. Pure; read `order_conditions`.

What time opens stands in the order's clocks (`clock_conditions`), all else in what was told (`told_conditions`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from apps.contracts.facts import MessageEvent, MessageRetried, StampedFact
from apps.exceptions.billing import invoice_conditions
from apps.exceptions.owed import differences, is_owed
from apps.exceptions.standing import OBSOLETE, VERIFIED, About, Evidence, Standing, evidence_of, news, of_clock
from apps.exceptions.takeover import is_released_elsewhere, is_wanted
from apps.exceptions.unmapped import unmapped_conditions, unmapped_skus
from apps.exceptions.worth import Worth
from apps.orders.duplicates import numbers_of
from apps.orders.ending import Ended, ending_of
from apps.orders.ordering import latest, moment_of
from apps.orders.state import LegState, Moment, OrderState, PostingFailure, ShipmentState
from apps.sla.clocks import Clock, Subject
from apps.sla.commitments import MEASURES
from apps.sla.hearings import Told, happened, heard_of, is_told


def order_conditions(state: OrderState, told: Told, clocks: Sequence[Clock]) -> list[Standing]:
    """How every condition stands that the order's facts have brought up. `clocks` are those of the same facts."""
    return clock_conditions(state, clocks) + told_conditions(state, told)


def clock_conditions(state: OrderState, clocks: Iterable[Clock]) -> list[Standing]:
    """How the condition stands that each of these clocks opens, in their order."""
    worth = Worth(state)
    return [_of_clock(clock, state, worth) for clock in clocks]


def told_conditions(state: OrderState, told: Told) -> list[Standing]:
    """How every condition stands that is no clock's."""
    worth, ended = Worth(state), ending_of(state)
    unmapped = unmapped_skus(state, told)
    found = [*_front_office(state, told, worth, ended)]
    for leg in state.legs:
        found += _leg(leg, state, told, worth, ended, unmapped)
        for shipment in leg.shipments:
            found += _shipment(shipment, leg, state)
    for shipment in state.loose_shipments:
        found += _shipment(shipment, None, state)
    found += unmapped_conditions(state, told, unmapped, ended)
    found += _posting_failures(state, worth)
    found += invoice_conditions(state, told)
    found += _references(state, worth)
    found += _duplicates(state, worth)
    found += _dead_letters(told, state, worth)
    return found


def _of_clock(clock: Clock, state: OrderState, worth: Worth) -> Standing:
    measure = MEASURES[clock.measure]
    about = About(clock.partner, clock.site, worth.of(clock.subject), state.currency)
    sender = (clock.partner or "") if measure.sender == "partner" else ""
    standing = of_clock(measure.opens, clock, about, (clock.measure, sender))
    if clock.measure == "hold":  # whoever asks for the order's hold does not know its number
        hold = next((hold for hold in state.holds if hold.hold == clock.subject.value), None)
        reason = (hold.reason or hold.code or "") if hold else ""
        about = About(None, None, worth.order, state.currency, reason)
        return Standing(
            standing.code,
            Subject("order", state.order, state.issuer),
            about,
            standing.holds,
            standing.due_at,
            standing.cleared,
            standing.evidence,
            standing.needs,
        )
    return standing


def _front_office(state: OrderState, told: Told, worth: Worth, ended: Ended) -> Iterator[Standing]:
    subject = Subject("order", state.order, state.issuer)
    about = About(None, None, worth.order, state.currency)
    why, word = ended
    if (rejected := state.milestones.get("rejected")) is not None:
        is_over = state.status != "rejected"
        cleared = OBSOLETE if why == "cancelled" else VERIFIED
        answer = word if cleared == OBSOLETE else state.milestones.get("validated")
        yield news("ORDER_INVALID", subject, about, rejected, answer, is_over=is_over, cleared=cleared)
    if "order.backordered" in told:
        yield _backordered(state, worth, subject, is_ended=bool(why))
    for line in state.lines:
        if "uom_mismatch" in line.flags:
            named = Subject("line", line.line)
            yield Standing(
                "UOM_MISMATCH", named, About(None, None, worth.lines([line]), state.currency, line.sku or ""), holds=True
            )


def _backordered(state: OrderState, worth: Worth, subject: Subject, *, is_ended: bool) -> Standing:
    short = [line for line in state.lines if line.backordered]
    if not short:
        return Standing("BACKORDERED", subject, About(), holds=False, cleared=OBSOLETE if is_ended else VERIFIED)
    reason = ", ".join(
        f"{line.sku or line.line}" + (f" until {line.expected_date}" if line.expected_date else "") for line in short
    )
    about = About(None, None, worth.lines(short), state.currency, reason)
    return Standing("BACKORDERED", subject, about, holds=not is_ended, cleared=OBSOLETE if is_ended else "")


def _leg(  # noqa: PLR0913, PLR0917 - a leg and what is known around it
    leg: LegState, state: OrderState, told: Told, worth: Worth, ended: Ended, unmapped: Collection[str]
) -> Iterator[Standing]:
    subject = Subject("leg", leg.leg, leg.issuer)
    value = worth.leg(leg)
    if (rejected := leg.milestones.get("rejected")) is not None:
        is_taken_over = is_released_elsewhere(state, leg, happened(rejected), told)
        about = About(leg.partner, leg.site, value, state.currency, leg.rejected_reason or "")
        yield _rejected(leg, about, rejected, state, ended, is_taken_over=is_taken_over)
    if leg.problems:
        yield _problem(leg, state, ended, subject, value)
    if leg.status in {"shipped", "delivered"} and is_told(leg.milestones.get("released")):
        yield from _counted(leg, subject, state, worth, ended, unmapped)


def _rejected(  # noqa: PLR0913 - the refusal, and each way in which it may be over
    leg: LegState,
    about: About,
    rejected: Moment,
    state: OrderState,
    ended: Ended,
    *,
    is_taken_over: bool,
) -> Standing:
    is_dead = bool(ended[0]) or leg.status == "cancelled" or not is_wanted(state, leg)
    is_over = is_dead or is_taken_over or leg.status != "rejected"
    answer = (ended[1] or leg.milestones.get("cancelled")) if is_dead else _last_release(state)
    subject = Subject("leg", leg.leg, leg.issuer)
    return news("LEG_REJECTED", subject, about, rejected, answer, is_over=is_over, cleared=OBSOLETE if is_dead else VERIFIED)


def _problem(leg: LegState, state: OrderState, ended: Ended, subject: Subject, value: Decimal | None) -> Standing:
    problem = leg.problems[0]
    reason = problem.code if problem.reason is None else f"{problem.code}: {problem.reason}"
    about = About(leg.partner, leg.site, value, state.currency, reason)
    has_left = leg.status in {"shipped", "delivered"}
    is_dead = leg.status in {"rejected", "cancelled"} or bool(ended[0])
    cleared = VERIFIED if has_left else OBSOLETE
    word = leg.milestones.get("shipped" if has_left else leg.status) or ended[1]
    return news("LEG_PROBLEM", subject, about, problem.moment, word, is_over=has_left or is_dead, cleared=cleared)


def _counted(  # noqa: PLR0913, PLR0917 - as above
    leg: LegState, subject: Subject, state: OrderState, worth: Worth, ended: Ended, unmapped: Collection[str]
) -> Iterator[Standing]:
    """Less or more has left than was released, now that nothing more is to leave. Of goods that no line has, SKU_UNMAPPED
    tells."""
    short, over = differences(leg)
    over = {article: quantity for article, quantity in over.items() if article[0] not in unmapped}
    if short:
        about = About(leg.partner, leg.site, worth.of_articles(short), state.currency, _articles(short))
        holds = not ended[0] and is_owed(state, short)
        is_cancelled = bool(ended[0]) or is_owed(state, short, with_cancelled=True)
        cleared = OBSOLETE if is_cancelled else VERIFIED
        yield Standing("SHORT_SHIP", subject, about, holds=holds, cleared="" if holds else cleared)
    elif len(leg.shipments) > 1:  # whose words may have come one after the other
        yield Standing("SHORT_SHIP", subject, About(), holds=False, cleared=VERIFIED)
    if over:
        about = About(leg.partner, leg.site, worth.of_articles(over), state.currency, _articles(over))
        yield Standing("OVER_SHIP", subject, about, holds=True)


def _articles(amounts: dict[tuple[str, str], Decimal]) -> str:
    return ", ".join(
        f"{quantity.normalize():f} {unit} {sku}".replace("  ", " ") for (sku, unit), quantity in sorted(amounts.items())
    )


def _last_release(state: OrderState) -> Moment | None:
    """The release that was heard last: the one that took over."""
    moments = [leg.milestones["released"] for leg in state.legs if "released" in leg.milestones]
    told = [moment for moment in moments if moment.received_at is not None]
    return max(told, key=lambda moment: moment.received_at, default=None)  # type: ignore[arg-type, return-value]


def _shipment(shipment: ShipmentState, leg: LegState | None, state: OrderState) -> Iterator[Standing]:
    if shipment.failed is None or not shipment.shipment:  # a parcel whose shipment nobody has told yet
        return
    subject = Subject("shipment", shipment.shipment, shipment.issuer)
    partner, site = (leg.partner, leg.site) if leg else (None, None)
    about = About(partner, site, shipment.value, state.currency, shipment.failed_reason or "")
    yield news("DELIVERY_FAILED", subject, about, shipment.failed, shipment.delivered, is_over=shipment.delivered is not None)


def _posting_failures(state: OrderState, worth: Worth) -> Iterator[Standing]:
    shipments: dict[str, tuple[ShipmentState, LegState | None]] = {s.shipment: (s, None) for s in state.loose_shipments}
    shipments |= {shipment.shipment: (shipment, leg) for leg in state.legs for shipment in leg.shipments}
    for failure in state.posting_failures:
        shipment, leg = shipments.get(failure.shipment or "", (None, None))
        subject = Subject("order", state.order, state.issuer)
        if failure.shipment:
            subject = Subject("shipment", failure.shipment, shipment.issuer if shipment else None)
        value = shipment.value if shipment else worth.order
        about = About(
            leg.partner if leg else None, leg.site if leg else None, value, state.currency, f"{failure.code}: {failure.message}"
        )
        booked = _booked(failure, shipment, state)
        yield news("POSTING_FAILED", subject, about, failure.moment, booked, is_over=booked is not None)


def _booked(failure: PostingFailure, shipment: ShipmentState | None, state: OrderState) -> Moment | None:
    """The word with which it went through after all: the very thing that could not be booked."""
    if failure.kind == "return":
        return max((returned.credited for returned in state.returns if returned.credited), key=heard_of, default=None)
    if failure.kind == "invoice":
        return shipment.invoiced.moment if shipment and shipment.invoiced else None
    return shipment.posted.moment if shipment and shipment.posted else None


def _references(state: OrderState, worth: Worth) -> Iterator[Standing]:
    for conflict in state.conflicts:
        subject = Subject(conflict.scheme, conflict.value, conflict.issuer)
        about = About(None, None, worth.order, state.currency, f"claimed by {', '.join(conflict.orders)}")
        moment = Moment(received_at=conflict.heard_at) if conflict.heard_at else None
        yield Standing("REFERENCE_CONFLICT", subject, about, holds=True, evidence=evidence_of(moment))


def _duplicates(state: OrderState, worth: Worth) -> Iterator[Standing]:
    """The order was placed before under another number, and both are wanted."""
    if not state.duplicates:
        return
    subject = Subject("order", state.order, state.issuer)
    standing = [each for each in state.duplicates if each.until is None]
    about = About(None, None, worth.order, state.currency, ", ".join(numbers_of(standing or state.duplicates)))
    if standing:
        yield Standing("DUPLICATE_ORDER", subject, about, holds=True, evidence=Evidence(None, standing[0].since))
        return
    last = max(state.duplicates, key=lambda each: each.until or each.since)
    cleared = VERIFIED if last.ended else OBSOLETE
    yield Standing("DUPLICATE_ORDER", subject, about, holds=False, cleared=cleared, evidence=evidence_of(last.ended))


def _dead_letters(told: Told, state: OrderState, worth: Worth) -> Iterator[Standing]:
    """A message of the order that the middleware has given up, while its latest word does not say that it went through."""
    gone: defaultdict[tuple[str, str], list[StampedFact]] = defaultdict(list)
    for name in ("message.dead_lettered", "message.delivered", "message.retried"):
        for stamped in told.get(name, ()):
            fact = stamped.fact
            if isinstance(fact, MessageEvent) and not (isinstance(fact, MessageRetried) and fact.error):
                gone[fact.message, stamped.stamp.source].append(stamped)
    for (message, source), words in gone.items():
        dead = [stamped for stamped in words if stamped.name == "message.dead_lettered"]
        if not dead:
            continue
        last, given_up = latest(words), latest(dead)
        assert isinstance(given_up.fact, MessageEvent)
        reason = f"{given_up.fact.flow}: {given_up.fact.error}" if given_up.fact.error else given_up.fact.flow
        about = About(given_up.fact.partner, None, worth.order, state.currency, reason)
        is_over = last is not given_up
        subject = Subject("message", message, source)
        yield news("DEAD_LETTER", subject, about, moment_of(given_up), moment_of(last), is_over=is_over)
