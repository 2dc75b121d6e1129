"""An inbox's entries as they are shown. Pure."""

from dataclasses import dataclass

from apps.console.times import Clock, Instant
from apps.delivery.kinds import KINDS
from apps.delivery.queries import Notification


@dataclass(frozen=True, slots=True)
class ShownNotification:
    """`url` notes that it was read and leads on. `revision` changes with what is shown."""

    id: str
    url: str
    icon: str
    kind: str
    title: str
    text: str
    at: Instant
    due_at: Instant | None
    is_unread: bool
    revision: str


def shown_notification(notification: Notification, clock: Clock) -> ShownNotification:
    kind = KINDS.get(notification.kind)
    return ShownNotification(
        id=notification.id,
        url=f"/notifications/{notification.id}/",
        icon=kind.icon if kind else "inbox",
        kind=kind.title if kind else notification.kind,
        title=notification.title,
        text=notification.text,
        at=clock.instant(notification.at),
        due_at=clock.instant(notification.due_at) if notification.due_at else None,
        is_unread=notification.read_at is None,
        revision="read" if notification.read_at else "unread",
    )
