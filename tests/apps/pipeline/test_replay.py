"""Quarantined messages taken up once more: what can be used by now is used, the rest goes back with its reason."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.orders.queries import get_order
from apps.pipeline.queries import MessageFilter, find_messages
from apps.translation import canonical
from tests import messages as m

pytestmark = pytest.mark.django_db
STRANGE = "distsync.order.teleported.v1"


def replayed(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("replay", "--json", *arguments, stdout=out)
    return dict(json.loads(out.getvalue()))


def quarantined() -> list[str]:
    page = find_messages(MessageFilter(state="quarantined"), cursor=None, page_size=50)
    return sorted(row.type for row in page.rows)


@pytest.fixture(autouse=True)
def _two_quarantined() -> None:
    m.tell(
        m.message("order.placed", m.OMS, order="SO-1", lines=[]),
        m.message("order.teleported", m.OMS, order="SO-1"),
        m.message("leg.acknowledged", m.NORTH),
    )


def test_what_can_be_used_by_now_is_used_and_the_rest_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(canonical._READERS, STRANGE, canonical._READERS["distsync.order.validated.v1"])
    assert replayed() == {"replayed": 2, "chosen": 2, "dry_run": False}
    m.process()
    assert quarantined() == ["distsync.leg.acknowledged.v1"]
    assert get_order("SO-1").state.status == "validated"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--type", STRANGE), 1),
        (("--code", "unknown_type"), 1),
        (("--source", m.NORTH), 1),
        (("--source", m.NORTH, "--type", STRANGE), 0),
        ((), 2),
    ],
)
def test_only_what_is_asked_for_is_taken_up(arguments: tuple[str, ...], count: int) -> None:
    assert replayed("--dry-run", *arguments) == {"replayed": 0, "chosen": count, "dry_run": True}
    assert m.process() == 0
    assert replayed(*arguments)["replayed"] == count
    assert m.process() == count
    assert quarantined() == ["distsync.leg.acknowledged.v1", STRANGE]


def test_nothing_is_taken_up_twice_at_once() -> None:
    assert [replayed()["replayed"], replayed()["replayed"]] == [2, 0]


def test_people_get_a_sentence() -> None:
    out = StringIO()
    call_command("replay", "--dry-run", stdout=out)
    call_command("replay", stdout=out)
    assert out.getvalue() == "2 quarantined messages would be taken up again.\n2 quarantined messages are pending again.\n"
