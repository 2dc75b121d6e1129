"""What ends a failed posting: the very thing that could not be booked."""

import pytest
from django.utils import timezone

from apps.exceptions.queries import Case, cases_of_order
from tests.messages import ERP, message, order_story, tell

pytestmark = pytest.mark.django_db


def cases(kind: str, *more: object) -> list[Case]:
    """POSTING_FAILED on a shipment that is posted and not invoiced, after a failure of `kind`."""
    story = [each for each in order_story() if each.type != "distsync.invoice.issued.v1"]
    failed = message(
        "posting.failed", ERP, minute=150, kind=kind, code="E7", message="price missing", order="SO-1", shipment="SO-1-A-1"
    )
    tell(*story, failed, *more)
    return [case for case in cases_of_order("SO-1", now=timezone.now()) if case.code == "POSTING_FAILED"]


def states(kind: str, *more: object) -> list[str]:
    """How it stands."""
    return [case.state for case in cases(kind, *more)]


def test_an_invoice_that_failed_is_not_made_by_the_shipments_posting() -> None:
    assert states("invoice") == ["new"]


def test_an_invoice_that_failed_is_ended_by_the_invoice() -> None:
    issued = message("invoice.issued", ERP, minute=200, invoice="I-1", shipments=["SO-1-A-1"], amount=75)
    assert states("invoice", issued) == ["resolved_verified"]


def test_it_goes_to_finance_after_eight_hours_unless_it_has_ended_by_then() -> None:
    assert [case.team for case in cases("invoice")] == ["finance"]


@pytest.mark.parametrize(("minute", "team"), [(150 + 480, "integration"), (150 + 481, "finance")])
def test_who_had_it_when_it_ended_has_it_still(minute: int, team: str) -> None:
    issued = message("invoice.issued", ERP, minute=minute, invoice="I-1", shipments=["SO-1-A-1"], amount=75)
    assert [case.team for case in cases("invoice", issued)] == [team]
