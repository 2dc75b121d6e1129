"""Sends one delivery by its channel; what became of it, in words for the log of deliveries. Never raises for what another side
does."""

import smtplib
from typing import Final

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from apps.accounts.models import User
from apps.core.sealed import unseal
from apps.core.text import printable
from apps.delivery import messages, outbound, signing
from apps.delivery.kinds import EMAIL
from apps.delivery.models import PreferenceRow
from apps.delivery.outbox import Delivery, Outcome
from apps.delivery.preferences import PERSON, preferences_of, zone_of

logger = structlog.get_logger(__name__)

SECRETS: Final = "webhook secrets"
GONE: Final = 410  # Standard Webhooks: the other side wants no more of them
_ASKS_FOR_TIME: Final = (429, 503)


def send(delivery: Delivery) -> Outcome:
    """One attempt. What fails on our side is tried again too, and logged."""
    try:
        if not delivery.content:
            return Outcome(is_sent=False, answer="What it told of has been forgotten since.", is_final=True)
        return _email(delivery) if delivery.channel == EMAIL else _webhook(delivery)
    except Exception as error:  # one that we fail on stops no other
        logger.exception("delivery_failed", delivery=str(delivery.id), channel=delivery.channel)
        return Outcome(is_sent=False, answer=f"DistSync failed on it ({type(error).__name__}).")


def _email(delivery: Delivery) -> Outcome:
    if not settings.EMAIL_IS_SET_UP:
        answer = "E-mail is not set up here: DISTSYNC_EMAIL_HOST names no server."
        return Outcome(is_sent=False, answer=answer, is_final=True)
    preferences = preferences_of([delivery.recipient])[delivery.recipient]
    zone = zone_of(preferences.zone or _own_zone(delivery.recipient))
    message = EmailMessage(
        subject=messages.email_subject(delivery.content),
        body=messages.email_text(delivery.content, base_url=settings.PUBLIC_URL, zone=zone),
        to=[delivery.address],
        headers={"Message-ID": f"<{delivery.id}@{_domain()}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=outbound.STEP_SECONDS),
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return Outcome(is_sent=False, answer=f"{type(error).__name__}: {error}")
    return Outcome(is_sent=True, answer="Taken by the mail server.")


def _own_zone(recipient: str) -> str:
    if not recipient.startswith(PERSON):
        return ""
    zone = User.objects.filter(username=recipient.removeprefix(PERSON)).values_list("time_zone", flat=True).first()
    return zone or ""


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"


def _webhook(delivery: Delivery) -> Outcome:
    sealed = PreferenceRow.objects.filter(recipient=delivery.recipient).values_list("sealed_secret", flat=True).first()
    try:
        secret = unseal(sealed or "", SECRETS)
    except InvalidToken:
        why = "The webhook's secret cannot be read any more: make a new one in the team's settings."
        return Outcome(is_sent=False, answer=why, is_final=True)
    body = messages.webhook_body(delivery, base_url=settings.PUBLIC_URL)
    headers = {"Content-Type": "application/json", "User-Agent": "DistSync"}
    headers |= signing.headers_for(secret, number=f"msg_{delivery.id.hex}", sent_at=timezone.now(), body=body)
    try:
        answer = outbound.post(delivery.address, body, headers)
    except outbound.Refused as refusal:
        return Outcome(is_sent=False, answer=str(refusal), is_final=True)
    except outbound.Unreached as failure:
        return Outcome(is_sent=False, answer=str(failure))
    return judged(answer)


def judged(answer: outbound.Answer) -> Outcome:
    """What an answer means: any 2xx is yes, 410 is never again, everything else is tried again."""
    said = f"{answer.status} {printable(answer.body)}".strip()
    if 200 <= answer.status < 300:
        return Outcome(is_sent=True, answer=said)
    after = answer.retry_after_seconds if answer.status in _ASKS_FOR_TIME else 0
    return Outcome(is_sent=False, answer=said, is_final=answer.status == GONE, after_seconds=after)
