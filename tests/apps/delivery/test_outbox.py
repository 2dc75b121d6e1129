"""Deliveries on their way: what leaves together, who sends it, retries, giving up; and two workers never send one twice."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from pytest_django import Settings

from apps.accounts.models import User
from apps.acts.models import AuditRow
from apps.core.errors import Conflict, NotFound
from apps.delivery import outbox, telling
from apps.delivery.journal import find_deliveries, retry
from apps.delivery.models import DeliveryRow, ItemRow, PreferenceRow
from apps.delivery.outbox import ATTEMPTS, Delivery, Outcome, claim, form, settle, work
from apps.delivery.sending import send
from apps.exceptions.services import Wish
from tests.apps.exceptions.worked import done, problems
from tests.messages import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SENT = Outcome(is_sent=True, answer="200 thanks")
FAILED = Outcome(is_sent=False, answer="503 later")


def prefers(name: str, **more: Any) -> None:
    wanted = {"email": f"{name}@example.org", "email_kinds": ["assigned"], "inbox_kinds": ["assigned"]}
    PreferenceRow.objects.create(recipient=f"person:{name}", **{"digest": "at_once", "digest_minute": 480, **wanted, **more})


def assigned(*orders: str, to: str = "bob", now: datetime = NOW) -> None:
    """Cases of these orders are given to somebody, and that is told."""
    User.objects.get_or_create(username=to, defaults={"role": "customer_service"})
    for number in problems(*orders):
        done(number, Wish("assign", to=to), now=now)
    telling.sweep(now=now)


def states() -> list[tuple[str, int, str]]:
    return list(DeliveryRow.objects.order_by("created_at", "id").values_list("state", "attempts", "answer"))


def test_what_is_due_together_leaves_together_and_once() -> None:
    prefers("bob")
    assigned("SO-1", "SO-2", "SO-3")
    assert (form(now=NOW), form(now=NOW)) == (1, 0)
    (delivery,) = claim(10, now=NOW)
    assert (delivery.recipient, delivery.channel, delivery.address) == ("person:bob", "email", "bob@example.org")
    titles = [f"Assigned to you: Problem at the 3PL: leg SO-{number}-A" for number in (1, 2, 3)]
    assert sorted(told.title for told in delivery.content) == titles


def test_a_digest_waits_for_its_hour_and_gathers_what_comes_meanwhile() -> None:
    prefers("bob", digest="hourly")
    at = NOW + 10 * MINUTE
    assigned("SO-1", now=at)
    assigned("SO-2", now=at + 20 * MINUTE)
    assert form(now=NOW + 59 * MINUTE) == 0
    assert form(now=NOW + 60 * MINUTE) == 1
    assert DeliveryRow.objects.get().count == 2


def test_a_digest_of_many_leaves_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LARGEST", 2)
    prefers("bob")
    assigned("SO-1", "SO-2", "SO-3")
    assert form(now=NOW) == 2
    assert sorted(DeliveryRow.objects.values_list("count", flat=True)) == [1, 2]


def test_what_has_no_address_any_more_leaves_nowhere() -> None:
    prefers("bob")
    assigned("SO-1")
    PreferenceRow.objects.update(email="")
    assert form(now=NOW) == 0
    assert not ItemRow.objects.exists()


def test_a_claimed_delivery_is_nobody_elses_until_the_lease_is_over() -> None:
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    (first,) = claim(10, now=NOW)
    assert claim(10, now=NOW + outbox.LEASE - MINUTE / 60) == []
    (second,) = claim(10, now=NOW + outbox.LEASE)
    assert (second.id, first.attempt, second.attempt) == (first.id, 1, 2)
    settle(first, SENT, now=NOW)
    assert DeliveryRow.objects.get().state == "waiting", "who was taken for dead says nothing any more"
    settle(second, SENT, now=NOW)
    assert states() == [("sent", 2, "200 thanks")]


def test_a_failure_is_tried_again_after_longer_and_longer_pauses_and_then_given_up() -> None:
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    now, pauses = NOW, []
    for _ in range(ATTEMPTS):
        (delivery,) = claim(10, now=now)
        settle(delivery, FAILED, now=now)
        row = DeliveryRow.objects.get()
        pauses.append(int((row.next_at - now).total_seconds()))
        assert claim(10, now=row.next_at - MINUTE / 60) == []
        now = row.next_at
    assert pauses == [15, 60, 240, 960, 3840, 14400, 14400, 0]
    assert states() == [("given_up", ATTEMPTS, "503 later")]
    assert claim(10, now=now + timedelta(days=30)) == []


def test_who_asks_for_time_gets_it_within_bounds() -> None:
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    (delivery,) = claim(1, now=NOW)
    settle(delivery, Outcome(is_sent=False, answer="429", after_seconds=600), now=NOW)
    assert DeliveryRow.objects.get().next_at == NOW + timedelta(seconds=600)
    (delivery,) = claim(1, now=NOW + timedelta(seconds=600))
    settle(delivery, Outcome(is_sent=False, answer="429", after_seconds=10**8), now=NOW)
    assert DeliveryRow.objects.get().next_at == NOW + outbox.LONGEST_PAUSE


def test_what_can_only_fail_is_given_up_at_once() -> None:
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    work(lambda _delivery: Outcome(is_sent=False, answer="410 gone\x00", is_final=True), lambda: NOW, at_most=5)
    assert states() == [("given_up", 1, "410 gone\\u0000")]


def test_sent_again_by_hand() -> None:
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    work(lambda _delivery: Outcome(is_sent=False, answer="410", is_final=True), lambda: NOW, at_most=5)
    (entry,) = find_deliveries(state="given_up").rows
    retry(entry.id.hex, who="ada", now=NOW + MINUTE)
    assert AuditRow.objects.get(kind="delivery.retry").summary == "Sent again “email to person:bob”"
    assert work(lambda _delivery: SENT, lambda: NOW + MINUTE, at_most=5) == 1
    with pytest.raises(Conflict):
        retry(entry.id.hex, who="ada", now=NOW + MINUTE)
    with pytest.raises(NotFound):
        retry("0" * 32, who="ada", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_one_twice() -> None:
    for number in range(8):
        prefers(f"p{number}")
        assigned(f"SO-{number}", to=f"p{number}")
    assert form(now=NOW) == 8
    sent: list[str] = []
    together = threading.Barrier(2)

    def remember(delivery: Delivery) -> Outcome:
        sent.append(delivery.address)
        return SENT

    def run() -> None:
        try:
            together.wait(10)
            work(remember, lambda: NOW, at_most=20)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Counter(sent) == Counter(f"p{number}@example.org" for number in range(8))


def test_an_email_says_what_and_leads_there(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://distsync.example.org"
    prefers("bob", zone="America/Chicago")
    assigned("SO-1")
    form(now=NOW)
    work(send, lambda: NOW, at_most=5)
    (message,) = mail.outbox
    assert (message.subject, message.to) == ("Assigned to you: Problem at the 3PL: leg SO-1-A", ["bob@example.org"])
    first, _, rest = message.body.partition("https://distsync.example.org/exceptions/")
    assert first == "Assigned to you: Problem at the 3PL: leg SO-1-A\nBy ada\nAssigned to me, 1 Apr 2026, 03:00 CDT\n"
    assert rest.endswith("/\n\nWhat you are told, and when, is set at https://distsync.example.org/notifications/settings\n")
    assert states() == [("sent", 1, "Taken by the mail server.")]


def test_an_email_of_many_counts_them() -> None:
    prefers("bob")
    assigned("SO-1", "SO-2")
    form(now=NOW)
    work(send, lambda: NOW, at_most=5)
    assert mail.outbox[0].subject == "2 notifications"
    assert "leg SO-1-A" in mail.outbox[0].body
    assert "leg SO-2-A" in mail.outbox[0].body


def test_without_a_mail_server_the_reason_is_shown(settings: Settings) -> None:
    settings.EMAIL_IS_SET_UP = False
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    work(send, lambda: NOW, at_most=5)
    assert states() == [("given_up", 1, "E-mail is not set up here: DISTSYNC_EMAIL_HOST names no server.")]
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_tried_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    prefers("bob")
    assigned("SO-1")
    form(now=NOW)
    work(send, lambda: NOW, at_most=5)
    ((state, attempts, answer),) = states()
    assert (state, attempts) == ("waiting", 1)
    assert answer.startswith("ConnectionRefusedError")
