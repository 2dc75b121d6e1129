"""What is wrong, in one sentence, for every type; how a case ended, late word told apart from late work."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.exceptions.catalogue import TYPES
from apps.exceptions.sentences import Listener, Trouble, how_it_ended, in_short, what_is_wrong
from apps.sla.clocks import Subject

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
UTC_LISTENER = Listener(NOW, UTC)
DUE = datetime(2026, 3, 4, 9, 5, tzinfo=UTC)
PARTNER = Subject("partner", "northstar")
LEG, SHIPMENT, ORDER = Subject("leg", "L-1"), Subject("shipment", "S-1"), Subject("order", "SO-1")


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (Trouble("ORDER_INVALID", ORDER), "The order was rejected"),
        (Trouble("NOT_ALLOCATED", ORDER, due_at=DUE), "The ERP has not allocated the order, due today 09:05"),
        (Trouble("BACKORDERED", ORDER, reason="GLV until 2026-03-09"), "No stock is there for GLV until 2026-03-09"),
        (
            Trouble("ORDER_HOLD", ORDER, due_at=DUE, reason="credit_limit"),
            "The order is still on hold, due today 09:05: credit limit",
        ),
        (Trouble("NOT_RELEASED", ORDER, due_at=DUE), "The middleware has not released the order, due today 09:05"),
        (Trouble("ACK_OVERDUE", LEG, "NorthStar", DUE), "NorthStar has not acknowledged release L-1, due today 09:05"),
        (Trouble("LEG_REJECTED", LEG, "NorthStar", reason="no stock."), "NorthStar refused release L-1: no stock"),
        (Trouble("SHIP_OVERDUE", LEG, None, DUE), "The 3PL has not shipped release L-1, due today 09:05"),
        (Trouble("SHORT_SHIP", LEG, "NorthStar", reason="7 CS SAL"), "NorthStar shipped 7 CS SAL too little on release L-1"),
        (Trouble("OVER_SHIP", LEG, "NorthStar"), "NorthStar shipped too much on release L-1"),
        (
            Trouble("LEG_PROBLEM", LEG, "NorthStar", reason="short_pick"),
            "NorthStar reports a problem with release L-1: short pick",
        ),
        (Trouble("DELIVERY_OVERDUE", ORDER, due_at=DUE), "The order is not delivered, due today 09:05"),
        (
            Trouble("DELIVERY_FAILED", SHIPMENT, "UPS", reason="dock closed"),
            "The carrier could not deliver shipment S-1: dock closed",
        ),
        (Trouble("CANCEL_NOT_CONFIRMED", LEG, "NorthStar", DUE), "NorthStar has not cancelled release L-1, due today 09:05"),
        (Trouble("POSTING_OVERDUE", SHIPMENT, due_at=DUE), "Shipment S-1 is not posted, due today 09:05"),
        (Trouble("POSTING_FAILED", SHIPMENT, reason="E1: closed"), "Shipment S-1 could not be posted: E1: closed"),
        (Trouble("NOT_INVOICED", SHIPMENT, due_at=DUE), "Shipment S-1 is not invoiced, due today 09:05"),
        (Trouble("INVOICE_HOLD", Subject("invoice", "I-1"), reason="price"), "Invoice I-1 is held: price"),
        (Trouble("INVOICE_MISMATCH", Subject("invoice", "I-1"), reason="9.00 invoiced"), "Invoice I-1: 9.00 invoiced"),
        (Trouble("INVOICE_MISMATCH", Subject("invoice", "I-1")), "Invoice I-1 differs from what left"),
        (Trouble("RETURN_NOT_CREDITED", Subject("return", "R-1"), due_at=DUE), "Return R-1 is not credited, due today 09:05"),
        (Trouble("REFERENCE_CONFLICT", Subject("po", "P1"), reason="claimed by A, B"), "Customer PO P1 is claimed by A, B"),
        (
            Trouble("UOM_MISMATCH", Subject("line", "2"), reason="GLV"),
            "A system counts line 2 (GLV) in another unit than the order",
        ),
        (
            Trouble("SKU_UNMAPPED", Subject("sku", "X-9"), "NorthStar", reason="leg L-1"),
            "NorthStar names SKU X-9 on leg L-1, which no line of the order has",
        ),
        (Trouble("CODE_UNMAPPED", Subject("event", "m1"), reason="bad"), "Message m1 holds a code nobody knows: bad"),
        (
            Trouble("SEQUENCE_GAP", Subject("sequence", "0-9999", "/oms"), reason="14, 16 to 18"),
            "Messages of /oms are missing, by their numbers: 14, 16 to 18",
        ),
        (
            Trouble("TRANSFER_UNRECEIVED", Subject("transfer", "T-1"), due_at=DUE),
            "Transfer T-1 is not received, due today 09:05",
        ),
        (Trouble("PARTNER_SILENT", Subject("partner", "north")), "North has not been heard for too long"),
        (Trouble("CIRCUIT_OPEN", Subject("partner", "n"), "eBay", reason="timeouts"), "The circuit to eBay is open: timeouts"),
        (Trouble("QUEUE_BACKLOG", Subject("queue", "out"), reason="9 wait"), "Queue out is over its threshold: 9 wait"),
        (Trouble("DEAD_LETTER", Subject("message", "m1"), reason="no order"), "Message m1 cannot be used: no order"),
        (Trouble("CONTRACT_VIOLATION", Subject("event", "m1")), "Message m1 breaks its contract"),
        (Trouble("OF_TOMORROW", Subject("some_thing", "X")), "Of tomorrow: some thing X"),
    ],
)
def test_what_is_wrong(trouble: Trouble, sentence: str) -> None:
    assert what_is_wrong(trouble, UTC_LISTENER) == sentence


@pytest.mark.parametrize("code", TYPES)
def test_every_type_has_a_sentence_of_its_own_in_both_tenses(code: str) -> None:
    subject = Subject(TYPES[code].subject, "X-1")
    said = in_short(Trouble(code, subject, "NorthStar"))
    assert not said.startswith(code.replace("_", " ").capitalize())
    if TYPES[code].measure:
        assert in_short(Trouble(code, subject, "NorthStar", is_over=True)) != said


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ACK_OVERDUE", "NorthStar had not acknowledged release L-1 in time"),
        ("CANCEL_NOT_CONFIRMED", "NorthStar had not cancelled release L-1 in time"),
        ("POSTING_OVERDUE", "Release L-1 was not posted in time"),
        ("INVOICE_HOLD", "Release L-1 was held"),
        ("PARTNER_SILENT", "NorthStar had not been heard for too long"),
        ("DEAD_LETTER", "Release L-1 could not be used"),
        ("CODE_UNMAPPED", "Release L-1 held a code nobody knows"),
        ("SEQUENCE_GAP", "Messages of a source came late, by their numbers"),
    ],
)
def test_what_is_over_is_told_as_what_was(code: str, sentence: str) -> None:
    assert in_short(Trouble(code, LEG, "NorthStar", DUE, is_over=True)) == sentence


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (NOW - timedelta(days=1), "yesterday 12:00"),
        (NOW + timedelta(days=1), "tomorrow 12:00"),
        (datetime(2026, 2, 1, 8, 30, tzinfo=UTC), "1 Feb 08:30"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), "31 Dec 2025 23:59"),
    ],
)
def test_a_moment_is_told_by_its_day(due: datetime, said: str) -> None:
    assert UTC_LISTENER.moment(due) == said


def test_the_listeners_zone_decides_the_day() -> None:
    in_tokyo = Listener(datetime(2026, 3, 4, 16, 0, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
    assert in_tokyo.moment(datetime(2026, 3, 4, 14, 0, tzinfo=UTC)) == "yesterday 23:00"


def ended(state: str, *, happened_after: float | None, heard_after: float, is_late_word: bool = False) -> str:
    """Minutes after it was due."""
    return how_it_ended(
        state,
        due_at=DUE,
        evidence_at=None if happened_after is None else DUE + timedelta(minutes=happened_after),
        ended_at=DUE + timedelta(minutes=heard_after),
        is_late_word=is_late_word,
        resolved_by="fin-1",
        length=lambda span: f"{span.total_seconds() / 60:.0f} m",
    )


def test_late_word_is_told_apart_from_late_work() -> None:
    assert (
        ended("resolved_verified", happened_after=-10, heard_after=90, is_late_word=True)
        == "Late word, not late work: it happened in time, and we heard of it 100 m later"
    )
    assert ended("resolved_verified", happened_after=30, heard_after=31) == "Late work: it happened 30 m after it was due"
    assert ended("resolved_verified", happened_after=None, heard_after=31) == "What was missing has come"


def test_other_ends() -> None:
    assert ended("resolved_manual", happened_after=None, heard_after=1) == "Closed by hand by fin-1"
    assert ended("resolved_obsolete", happened_after=None, heard_after=1) == "No longer wanted: cancelled, or corrected away"
    assert ended("in_progress", happened_after=None, heard_after=1) == ""
