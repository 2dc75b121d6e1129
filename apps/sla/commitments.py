"""What can be promised (measures), and what is promised for each: the commitments that people set, and the defaults."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from apps.core.errors import Unreadable
from apps.core.numbers import bounded
from apps.sla.reading import came, fields_of, read_struct, read_time

Basis = Literal["happened", "heard"]
Expectation = Literal["elapsed", "business", "carried"]
Subject = Literal["order", "leg", "shipment", "return"]
Field = Literal["", "ship_by", "promised_date"]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
LONGEST_SECONDS: Final = 366 * _DAY
LONGEST_BUSINESS_SECONDS: Final = 30 * _DAY  # of open time: a 40-hour week is open for so long in 18 weeks
_TEXT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Measure:
    """What a clock times: from the milestone `start` of its `subject` to the milestone `stop`.

    `opens`: the exception type of a breach. `stop_facts`: the facts that are the stop; a commitment is measured only where
    somebody sends one at all: the leg's partner (`sender` "partner"), or any source ("house"). `basis`: the clock that
    defaults judge by. `field`: the date carried by the order that can be the deadline.
    """

    code: str
    title: str
    opens: str
    start: str
    stop: str
    subject: Subject
    stop_facts: tuple[str, ...]
    sender: Literal["partner", "house"] = "house"
    basis: Basis = "happened"
    field: Field = ""


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which subjects a commitment is for. None: any."""

    partner: str | None = None
    site: str | None = None
    region: str | None = None
    channel: str | None = None
    priority: str | None = None
    service: str | None = None


class Commitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seconds`: of real time ("elapsed"), of the calendar's open time ("business"), or a grace added to the date that the
    order carries ("carried"). `warning_seconds`: at risk that long before it is due. `is_measured` False: what matches is
    not measured at all. `effective_from`, `effective_to`: which starts of a clock it holds for, the first included, the
    second not. `place`: before which others it is tried (None: the setting's own place)."""

    name: str
    measure: str
    expectation: Expectation
    basis: Basis = "happened"
    seconds: int = 0
    warning_seconds: int = 0
    target: Decimal = Decimal("0.95")
    match: Match = Match()
    is_measured: bool = True
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    place: int | None = None


MEASURES: Final[dict[str, Measure]] = {
    measure.code: measure
    for measure in (
        Measure(
            "allocate",
            "Allocation",
            "NOT_ALLOCATED",
            "validated",
            "allocated",
            "order",
            ("order.allocated", "order.backordered"),
        ),
        Measure("release", "Release", "NOT_RELEASED", "allocated", "released", "order", ("leg.released",)),
        Measure("hold", "Release of holds", "ORDER_HOLD", "held", "hold_released", "order", ("order.hold_released",)),
        Measure(
            "acknowledge", "Acknowledgement", "ACK_OVERDUE", "released", "acknowledged", "leg", ("leg.acknowledged",), "partner"
        ),
        Measure(
            "ship", "On-time ship", "SHIP_OVERDUE", "released", "shipped", "leg", ("leg.shipped",), "partner", field="ship_by"
        ),
        Measure(
            "deliver",
            "On-time delivery",
            "DELIVERY_OVERDUE",
            "placed",
            "delivered",
            "order",
            ("shipment.delivered",),
            field="promised_date",
        ),
        Measure(
            "confirm_cancellation",
            "Confirmation of cancellations",
            "CANCEL_NOT_CONFIRMED",
            "cancelled",
            "cancelled",
            "leg",
            ("leg.cancelled",),
            "partner",
        ),
        Measure("post", "Posting", "POSTING_OVERDUE", "shipped", "posted", "shipment", ("shipment.posted",)),
        Measure("invoice", "Invoicing", "NOT_INVOICED", "shipped", "invoiced", "shipment", ("invoice.issued",)),
        Measure("credit", "Credit of returns", "RETURN_NOT_CREDITED", "received", "credited", "return", ("return.credited",)),
    )
}


def _within(measure: str, seconds: int, expectation: Expectation = "elapsed") -> Commitment:
    return Commitment(name=measure, measure=measure, expectation=expectation, seconds=seconds, warning_seconds=seconds // 4)


DEFAULTS: Final[tuple[Commitment, ...]] = (
    _within("allocate", 2 * _HOUR),
    _within("release", 2 * _HOUR),
    _within("hold", 8 * _HOUR),
    _within("acknowledge", 60 * _MINUTE, "business"),
    Commitment(name="ship", measure="ship", expectation="carried", warning_seconds=4 * _HOUR, target=Decimal("0.997")),
    Commitment(name="deliver", measure="deliver", expectation="carried", warning_seconds=24 * _HOUR),
    _within("confirm_cancellation", 60 * _MINUTE, "business"),
    _within("post", 24 * _HOUR),
    _within("invoice", 48 * _HOUR),
    _within("credit", 5 * _DAY),
)


def commitment_of(value: object) -> Commitment:
    """The commitment that a JSON value describes. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"A commitment cannot be read: came {came(value)}. {fields_of(Commitment, 'A commitment')}")
    times = {
        field: read_time(value[field], f"`{field}` of the commitment")
        for field in ("effective_from", "effective_to")
        if field in value
    }
    defaults = {"expectation": "elapsed"} if value.get("is_measured") is False else {}
    commitment = read_struct({**defaults, **value, **times}, Commitment, "A commitment")
    _check_words(commitment)
    if commitment.is_measured:
        _check_seconds(commitment)
    _check_effective(commitment)
    return commitment


def _check_words(commitment: Commitment) -> None:
    _check_text(commitment.name, "name")
    for field in Match.__struct_fields__:
        text = getattr(commitment.match, field)
        if text is not None:
            _check_text(text, f"match.{field}")
    if commitment.measure not in MEASURES:
        raise Unreadable(f"`measure`: expected one of {', '.join(MEASURES)}, came {came(commitment.measure)}.")
    target = bounded(commitment.target)
    if target is None or not 0 < target <= 1:
        raise Unreadable(f"`target`: expected a share over 0 and at most 1, such as 0.95, came {came(str(commitment.target))}.")


def _check_text(text: str, field: str) -> None:
    if not text.strip() or not text.isprintable() or len(text) > _TEXT_LIMIT:
        raise Unreadable(
            f"`{field}`: expected text of 1 to {_TEXT_LIMIT} printable characters, came {came(text)}."
            " Leave out (or set to null) what any may have."
        )


def _check_seconds(commitment: Commitment) -> None:
    seconds, warning = commitment.seconds, commitment.warning_seconds
    is_carried = commitment.expectation == "carried"
    if is_carried and not MEASURES[commitment.measure].field:
        able = ", ".join(code for code, measure in MEASURES.items() if measure.field)
        raise Unreadable(
            f"`expectation`: an order carries no date for the measure {commitment.measure}, only for {able}."
            " Use `elapsed` or `business` with `seconds`."
        )
    least = 0 if is_carried else 1
    most = LONGEST_BUSINESS_SECONDS if commitment.expectation == "business" else LONGEST_SECONDS
    if not least <= seconds <= most:
        raise Unreadable(f"`seconds`: expected {least} to {most} for `{commitment.expectation}`, came {came(seconds)}.")
    most = LONGEST_SECONDS if is_carried else seconds
    if not 0 <= warning <= most:
        raise Unreadable(f"`warning_seconds`: expected 0 to {most}, came {came(warning)}.")


def _check_effective(commitment: Commitment) -> None:
    begins, ends = commitment.effective_from, commitment.effective_to
    if begins and ends and ends <= begins:
        raise Unreadable(
            f"`effective_to`: expected a time after `effective_from` ({begins.isoformat()}), came {ends.isoformat()}."
        )
