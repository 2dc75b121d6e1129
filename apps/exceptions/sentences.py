"""What is wrong, in one short sentence a case: the queue, the case's page, the API and notifications say the same. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from apps.sla.clocks import Subject


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a sentence is made of. `partner` is the name to say (None: nobody's work is named), `reason` the words of who
    reported it, `is_over`: it has ended, and is told as what was."""

    code: str
    subject: Subject
    partner: str | None = None
    due_at: datetime | None = None
    reason: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told: when, and by which clock."""

    now: datetime
    zone: tzinfo

    def moment(self, moment: datetime) -> str:
        """`today 14:05`, `yesterday 14:05`, `2 Mar 14:05`, with the year where it is not this one."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((local.date() - today).days)
        year = "" if local.year == today.year else f" {local.year}"
        return f"{near or f'{local.day} {local:%b}{year}'} {local:%H:%M}"


def what_is_wrong(trouble: Trouble, listener: Listener) -> str:
    """One sentence without its full stop: who has not done what to which thing, by when it was due, and the reason told."""
    due = f", due {listener.moment(trouble.due_at)}" if trouble.due_at is not None else ""
    return f"{_said_of(trouble)}{due}{_because(trouble)}"


def in_short(trouble: Trouble) -> str:
    """The same without when it was due, for a list that tells the age beside it."""
    return f"{_said_of(trouble)}{_because(trouble)}"


def how_it_ended(  # noqa: PLR0913 - a case's end, all by name
    state: str,
    *,
    due_at: datetime | None,
    evidence_at: datetime | None,
    ended_at: datetime | None,
    is_late_word: bool,
    resolved_by: str = "",
    length: Callable[[timedelta], str],
) -> str:
    """How a resolved case ended, late word told apart from late work; empty for one that is open. `evidence_at` is when it
    happened, `ended_at` when that was heard (or when somebody closed it); `length` says a span of time in words."""
    if state == "resolved_manual":
        return f"Closed by hand by {resolved_by}" if resolved_by else "Closed by hand"
    if state == "resolved_obsolete":
        return "No longer wanted: cancelled, or corrected away"
    if state != "resolved_verified":
        return ""
    if is_late_word and ended_at is not None and evidence_at is not None:
        return f"Late word, not late work: it happened in time, and we heard of it {length(ended_at - evidence_at)} later"
    if due_at is not None and evidence_at is not None and evidence_at > due_at:
        return f"Late work: it happened {length(evidence_at - due_at)} after it was due"
    return "What was missing has come"


Say = Callable[[Trouble], str]
# What a subject is called in a sentence. The order stands beside every case, and needs no number.
_THINGS: Final = {
    "leg": "release",
    "shipment": "shipment",
    "invoice": "invoice",
    "return": "return",
    "line": "line",
    "tracking": "tracking number",
    "po": "customer PO",
    "event": "message",
    "sku": "SKU",
}
_REASON_IN_SENTENCE: Final = frozenset(
    {"BACKORDERED", "DUPLICATE_ORDER", "SHORT_SHIP", "OVER_SHIP", "UOM_MISMATCH", "SKU_UNMAPPED", "REFERENCE_CONFLICT"}
)


def _said_of(trouble: Trouble) -> str:
    say = _SENTENCES.get(trouble.code)
    said = say(trouble) if say else f"{trouble.code.replace('_', ' ').capitalize()}: {_the(trouble.subject)}"
    is_a_name = trouble.partner is not None and said.startswith(trouble.partner)  # written as its owner writes it
    return said if is_a_name else f"{said[0].upper()}{said[1:]}"


def _the(subject: Subject) -> str:
    if subject.scheme == "order":
        return "the order"
    return f"{_THINGS.get(subject.scheme, subject.scheme.replace('_', ' '))} {subject.value}"


def _because(trouble: Trouble) -> str:
    said_already = trouble.code in _REASON_IN_SENTENCE or not trouble.reason
    return "" if said_already else f": {trouble.reason.rstrip('.').replace('_', ' ')}"


def _who(trouble: Trouble) -> str:
    return trouble.partner or "the 3PL"


def _overdue(deed: str, *, who: str = "") -> Say:
    """`deed` is a participle: `has not acknowledged …`, and once it is over `did not … in time`."""

    def say(trouble: Trouble) -> str:
        subject, doer = _the(trouble.subject), who or _who(trouble)
        return f"{doer} had not {deed} {subject} in time" if trouble.is_over else f"{doer} has not {deed} {subject}"

    return say


def _left_undone(deed: str) -> Say:
    """The thing itself is what has not been done: `shipment S-1 is not posted`."""

    def say(trouble: Trouble) -> str:
        subject = _the(trouble.subject)
        return f"{subject} was not {deed} in time" if trouble.is_over else f"{subject} is not {deed}"

    return say


def _cancellation(trouble: Trouble) -> str:
    doing = "had not cancelled" if trouble.is_over else "has not cancelled"
    return f"{_who(trouble)} {doing} {_the(trouble.subject)}{' in time' if trouble.is_over else ''}"


def _delivery_overdue(trouble: Trouble) -> str:
    return "the order was not delivered in time" if trouble.is_over else "the order is not delivered"


def _backordered(trouble: Trouble) -> str:
    verb = "was" if trouble.is_over else "is"
    return f"no stock {verb} there for {trouble.reason}" if trouble.reason else f"the order {verb} backordered"


def _counted(word: str) -> Say:
    def say(trouble: Trouble) -> str:
        amount = f"{trouble.reason} too {word}" if trouble.reason else f"too {word}"
        return f"{_who(trouble)} shipped {amount} on {_the(trouble.subject)}"

    return say


def _said(verb: str) -> Say:
    return lambda trouble: f"{_who(trouble)} {verb} {_the(trouble.subject)}"


def _unit(trouble: Trouble) -> str:
    sku = f" ({trouble.reason})" if trouble.reason else ""
    return f"a system counts {_the(trouble.subject)}{sku} in another unit than the order"


def _unmapped(trouble: Trouble) -> str:
    where = f" on {trouble.reason}" if trouble.reason else ""
    return f"{trouble.partner or 'a system'} names {_the(trouble.subject)}{where}, which no line of the order has"


def _missing_numbers(trouble: Trouble) -> str:
    source = trouble.subject.issuer or "a source"
    return f"messages of {source} {'came late' if trouble.is_over else 'are missing'}, by their numbers"


def _claimed_twice(trouble: Trouble) -> str:
    return f"{_the(trouble.subject)} is {trouble.reason or 'claimed by two orders'}"


def _silent(trouble: Trouble) -> str:
    return f"{_named(trouble)} {'had' if trouble.is_over else 'has'} not been heard for too long"


def _named(trouble: Trouble) -> str:
    """The partner that a case is about."""
    return trouble.partner or trouble.subject.value


def _ordered_twice(trouble: Trouble) -> str:
    return f"the order {'was' if trouble.is_over else 'is'} the same as {trouble.reason or 'another'}"


def _posting_failed(trouble: Trouble) -> str:
    return f"{_the(trouble.subject)} could not be posted"


_SENTENCES: Final[dict[str, Say]] = {
    "ORDER_INVALID": lambda _trouble: "the order was rejected",
    "DUPLICATE_ORDER": _ordered_twice,
    "NOT_ALLOCATED": _overdue("allocated", who="the ERP"),
    "BACKORDERED": _backordered,
    "ORDER_HOLD": lambda trouble: "the order was held too long" if trouble.is_over else "the order is still on hold",
    "NOT_RELEASED": _overdue("released", who="the middleware"),
    "ACK_OVERDUE": _overdue("acknowledged"),
    "LEG_REJECTED": _said("refused"),
    "SHIP_OVERDUE": _overdue("shipped"),
    "SHORT_SHIP": _counted("little"),
    "OVER_SHIP": _counted("much"),
    "LEG_PROBLEM": _said("reports a problem with"),
    "DELIVERY_OVERDUE": _delivery_overdue,
    "DELIVERY_FAILED": lambda trouble: f"the carrier could not deliver {_the(trouble.subject)}",
    "CANCEL_NOT_CONFIRMED": _cancellation,
    "POSTING_OVERDUE": _left_undone("posted"),
    "POSTING_FAILED": _posting_failed,
    "NOT_INVOICED": _left_undone("invoiced"),
    "INVOICE_HOLD": lambda trouble: f"{_the(trouble.subject)} {'was' if trouble.is_over else 'is'} held",
    "INVOICE_MISMATCH": lambda trouble: (
        _the(trouble.subject) if trouble.reason else f"{_the(trouble.subject)} differs from what left"
    ),
    "RETURN_NOT_CREDITED": _left_undone("credited"),
    "REFERENCE_CONFLICT": _claimed_twice,
    "UOM_MISMATCH": _unit,
    "SKU_UNMAPPED": _unmapped,
    "CODE_UNMAPPED": lambda trouble: f"{_the(trouble.subject)} {'held' if trouble.is_over else 'holds'} a code nobody knows",
    "TRANSFER_UNRECEIVED": _left_undone("received"),
    "PARTNER_SILENT": _silent,
    "CIRCUIT_OPEN": lambda trouble: f"the circuit to {_named(trouble)} {'was' if trouble.is_over else 'is'} open",
    "QUEUE_BACKLOG": lambda trouble: f"{_the(trouble.subject)} {'was' if trouble.is_over else 'is'} over its threshold",
    "DEAD_LETTER": lambda trouble: f"{_the(trouble.subject)} {'could not' if trouble.is_over else 'cannot'} be used",
    "CONTRACT_VIOLATION": lambda trouble: f"{_the(trouble.subject)} {'broke' if trouble.is_over else 'breaks'} its contract",
    "SEQUENCE_GAP": _missing_numbers,
}
